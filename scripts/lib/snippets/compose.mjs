/** Composition of snippets with the setups of their pages, as modules that compile and run. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix, relative } from 'node:path'
import { documents, root, snippetsOf } from './read.mjs'

const docs = join(root, 'docs')
const requireOfDocs = createRequire(join(docs, 'package.json'))

/** Returns the setup of a document: the one of its own, that of its folder, or the common one. */
export function setupOf(document) {
  const page = document
    .replace(/\.md$/, '')
    .replace(/^docs\//, '')
    .replace(/^(packages\/[\w-]+)\/README$/, '$1')
  const setups = [page, posix.dirname(page)].map((name) => join(docs, 'snippets', `${name}.ts`))
  return setups.find((setup) => existsSync(setup)) ?? join(docs, 'snippets/common.ts')
}

/** Returns the names that a setup exports, with those that it passes on. */
export function exportsOf(setup) {
  const text = readFileSync(setup, 'utf8')
  const names = new Set()
  const declared =
    /^export (?:declare )?(?:async )?(?:const|let|class|function\*?|interface|type|enum) (\w+)/gm
  for (const [, name] of text.matchAll(declared)) names.add(name)
  for (const [, list] of text.matchAll(/^export (?:const |type )?\{([^}]*)\}/gm))
    for (const item of list.split(',')) {
      const name = item
        .trim()
        .replace(/^type /, '')
        .split(/ as |: /)
        .at(-1)
      if (name !== '') names.add(name)
    }
  for (const [, from] of text.matchAll(/^export \* from '([^']+)'/gm)) {
    const passedOn = from.startsWith('.')
      ? exportsOf(join(dirname(setup), from.replace(/\.js$/, '.ts')))
      : Object.keys(requireOfDocs(from))
    for (const name of passedOn) names.add(name)
  }
  return names
}

/** Returns the names that a snippet declares or imports at its top. */
function declaredIn(code) {
  const names = new Set()
  const declared =
    /^(?:export )?(?:default )?(?:declare )?(?:async )?(?:const|let|var|class|function\*?|interface|type|enum|import) (\w+)/gm
  for (const [, name] of code.matchAll(declared)) names.add(name)
  const lists = /^(?:export )?(?:const|let|import(?: type)?(?: \w+,)?) *[{[]([^=]*?)[}\]] *(?:=|from)/gm
  for (const [, list] of code.matchAll(lists))
    for (const [, name] of list.matchAll(/(\w+)\s*(?:=[^,]*)?(?:,|$)/gm)) names.add(name)
  for (const [, name] of code.matchAll(/^import \* as (\w+)/gm)) names.add(name)
  return names
}

/** Returns the import of all that a snippet uses of its setup. */
function importOf(setupNames, code, path) {
  const declared = declaredIn(code)
  const used = [...setupNames].filter(
    (name) =>
      name !== 'default' &&
      !declared.has(name) &&
      new RegExp(`(?<![\\w.$])${name}\\b`).test(code.replaceAll('...', ' ')),
  )
  return used.length === 0 ? '' : `import { ${used.sort().join(', ')} } from '${path}'; `
}

/** Application that a snippet has declared or used, for the one that asks it. */
const epilogue = "\nexport const snippetApp = typeof app === 'undefined' ? undefined : app\n"

/** Returns the module that is run: what a comment `// => value` says of an expression is compared. */
function programOf(head, { language, code }) {
  const compared = code
    .replace(/^( *)(?:const|let) (\w+) = (.*?) \/\/ => (.*)$/gm, '$1const $2 = $3; snippetExpect($2, $4)')
    .replace(/^( *)(?!const |let )(.+?) \/\/ => (.*)$/gm, '$1snippetExpect($2, $3)')
  return language === 'cjs' ? compared : head + compared + epilogue
}

/** Returns where a folder's module finds another one. */
const pathTo = (folder, file) => {
  const path = relative(folder, file).replaceAll('\\', '/').replace(/\.ts$/, '.js')
  return path.startsWith('.') ? path : `./${path}`
}

/**
 * Writes all snippets into a folder below docs; returns what was written. The import stands in the
 * first line, so that lines of errors are those of the page.
 */
export function composeAll(folder, only) {
  rmSync(folder, { recursive: true, force: true })
  const composed = []
  for (const document of documents(only)) {
    const setup = setupOf(document)
    const names = exportsOf(setup)
    const place = join(folder, document.replace(/\.md$/, ''))
    const files = new Set()
    for (const [i, snippet] of snippetsOf(document).entries()) {
      if ('foreign' in snippet.words) {
        composed.push({ ...snippet, path: undefined })
        continue
      }
      const name = snippet.file !== undefined && !files.has(snippet.file) ? snippet.file : `snippet-${i + 1}`
      files.add(name)
      const path = join(place, name + snippet.extension)
      mkdirSync(dirname(path), { recursive: true })
      const head =
        snippet.language === 'cjs' ? '' : importOf(names, snippet.code, pathTo(dirname(path), setup))
      writeFileSync(path, head + snippet.code)
      const program = join(place, `${name}.run${snippet.extension}`)
      writeFileSync(program, programOf(head, snippet))
      composed.push({ ...snippet, path, program })
    }
  }
  return composed
}
