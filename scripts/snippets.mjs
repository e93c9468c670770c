/**
 * Compiles and runs the snippets of all documents, or of those that SNIPPETS names; ends with 1 where
 * one has a fault. The tests do the same, with real servers: SNIPPET_SERVERS has their ports.
 */
import { checkSnippets } from './lib/snippets/check.mjs'

const { SNIPPETS, SNIPPET_SERVERS = '{}', SNIPPET_COMPILERS } = process.env
const { faults, count } = await checkSnippets({
  only: SNIPPETS,
  servers: JSON.parse(SNIPPET_SERVERS),
  compilers: SNIPPET_COMPILERS?.split(','),
})
for (const { place, by, message } of faults) console.log(`${place}: ${by}: ${message}`)
console.log(`${count} snippets, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
