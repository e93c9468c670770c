import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from './parse.mjs'

/**
 * Folders (and files beside them) of a package's sources, from the lowest floor to the highest.
 * An import leads to a lower floor, or stays in its folder; folders of one floor know nothing of
 * each other.
 */
export const floors = {
  core: [
    ['errors', 'util'],
    ['options', 'holes/marks'],
    ['stores', 'context'],
    ['codec', 'events', 'holes'],
    ['entries'],
    ['tags'],
    ['locks'],
    ['cache'],
    ['index', 'store', 'internal', 'testing'],
  ],
  http: [['fields', 'methods'], ['key', 'page', 'outcome'], ['inputs'], ['rules'], ['index']],
  express: [
    ['node'],
    ['capture', 'state'],
    ['pages', 'visitor', 'inputs', 'setup'],
    ['options'],
    ['holes', 'purging', 'warming'],
    ['response'],
    ['request'],
    ['explain'],
    ['middleware'],
    ['index'],
  ],
  dashboard: [
    ['shared'],
    ['figures', 'peers', 'http', 'web'],
    ['fleet', 'actions'],
    ['options'],
    ['site'],
    ['dashboard'],
    ['index'],
  ],
}

/**
 * Reads the imports between the sources of a package, type-only imports and re-exports included.
 *
 * @param folder of the sources
 * @returns paths of the imported files by the path of the importing file, relative to `folder`
 */
export function importGraph(folder) {
  const graph = new Map()
  for (const file of sourceFiles(folder)) {
    const targets = importedFrom(parse(join(folder, file)).body).filter((name) => name.startsWith('.'))
    const here = dirname(join(folder, file))
    graph.set(
      file,
      targets.map((name) => relative(folder, join(here, name.replace(/\.js$/, '.ts')))),
    )
  }
  return graph
}

/** Lists the sources of a folder, tests left out, in the order of their paths. */
export function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
    .sort()
}

/** Finds the module names of a syntax tree: imports, re-exports, `import()` of values and of types. */
function importedFrom(tree) {
  const names = []
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return
    if (Array.isArray(node)) return node.forEach(visit)
    const name = moduleNameOf(node)
    if (name !== undefined) names.push(name)
    Object.values(node).forEach(visit)
  }
  visit(tree)
  return names
}

function moduleNameOf(node) {
  if (node.type === 'CallExpression' && node.callee.type === 'Import')
    return node.arguments[0].expression.value
  if (node.type === 'TsImportType') return node.argument.value
  return node.source?.type === 'StringLiteral' ? node.source.value : undefined
}

/**
 * Finds the imports of a package that don't lead down.
 *
 * @param order floors of the package
 * @returns one line for each: `from → to (reason)`
 */
export function upwardImports(graph, order) {
  const place = (file) => placeOf(file, order)
  const faults = []
  for (const [from, targets] of graph) {
    const { folder, floor } = place(from)
    if (floor < 0) faults.push(`${from} (${folder} has no floor in scripts/lib/floors.mjs)`)
    for (const to of targets) {
      const target = place(to)
      if (floor < 0 || target.folder === folder || target.floor < floor) continue
      faults.push(`${from} → ${to} (${target.floor === floor ? 'the same floor' : 'up'})`)
    }
  }
  return faults
}

/**
 * Finds the folder of a source, and its floor: the innermost folder that has one.
 *
 * @returns the outermost folder and -1 where none has; of a file beside the folders, its name
 */
export function placeOf(file, order) {
  const parts = file.replace(/\.ts$/, '').split('/')
  const depth = parts.length === 1 ? 1 : parts.length - 1
  for (let length = depth; length > 0; length -= 1) {
    const folder = parts.slice(0, length).join('/')
    const floor = order.findIndex((floor) => floor.includes(folder))
    if (floor >= 0) return { folder, floor }
  }
  return { folder: parts[0], floor: -1 }
}

/** Finds the circles of imports: the files of each, in the order of their paths (Tarjan). */
export function importCircles(graph) {
  const index = new Map()
  const low = new Map()
  const stack = []
  const circles = []
  const visit = (file) => {
    index.set(file, index.size)
    low.set(file, index.get(file))
    stack.push(file)
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) visit(target)
      if (stack.includes(target)) low.set(file, Math.min(low.get(file), low.get(target)))
    }
    if (low.get(file) !== index.get(file)) return
    const members = stack.splice(stack.indexOf(file))
    if (members.length > 1 || graph.get(file)?.includes(file)) circles.push(members.sort())
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return circles
}
