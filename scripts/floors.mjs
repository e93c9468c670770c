/**
 * Prints the imports of a package that go up, and its circles: `node scripts/floors.mjs [package…]`.
 *
 * `--root <checkout>` looks at another checkout, `--folders` shows which folders import which.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { floors, importCircles, importGraph, placeOf, upwardImports } from './lib/floors.mjs'
import { root as workspace } from './lib/workspace.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: 'string', default: workspace }, folders: { type: 'boolean', default: false } },
})
const names = positionals.length > 0 ? positionals : Object.keys(floors)
let faults = 0
for (const name of names) {
  const graph = importGraph(join(resolve(values.root), 'packages', name, 'src'))
  const up = upwardImports(graph, floors[name] ?? [])
  const circles = importCircles(graph)
  faults += up.length + circles.length
  console.log(
    `${name}: ${graph.size} files, ${up.length} imports that don't go down, ${circles.length} circles`,
  )
  for (const line of up) console.log(`  ${line}`)
  for (const files of circles) console.log(`  circle of ${files.length}: ${files.join(', ')}`)
  if (values.folders) printFolders(graph, (file) => placeOf(file, floors[name] ?? []).folder)
}
process.exitCode = faults === 0 ? 0 : 1

function printFolders(graph, folderOf) {
  const edges = new Map()
  for (const [from, targets] of graph) {
    const known = edges.get(folderOf(from)) ?? new Set()
    for (const to of targets) if (folderOf(to) !== folderOf(from)) known.add(folderOf(to))
    edges.set(folderOf(from), known)
  }
  for (const [from, targets] of edges) console.log(`  ${from} → ${[...targets].sort().join(', ')}`)
}
