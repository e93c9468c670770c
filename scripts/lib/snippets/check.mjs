/** The whole check of the snippets: composed, compiled by each TypeScript, run. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { compilers as all, compile } from './compile.mjs'
import { composeAll } from './compose.mjs'
import { root } from './read.mjs'
import { runAll } from './run.mjs'

/**
 * Resolves to the number of snippets and their faults, each with its place in a document.
 *
 * @param only document, or a folder of them; undefined: all
 * @param servers ports of real servers, by the ports that snippets name
 */
export async function checkSnippets({ only, servers = {}, compilers = Object.keys(all) }) {
  const folder = join(root, 'docs/.snippets', String(process.pid))
  try {
    const snippets = composeAll(folder, only)
    if (snippets.length === 0) return { count: 0, faults: [] }
    const faults = [
      ...(await compiled(folder, snippets, compilers)),
      ...(await ran(folder, snippets, servers)),
    ]
    return { count: snippets.length, faults }
  } finally {
    if (process.env.SNIPPETS_KEEP === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function compiled(folder, snippets, compilers) {
  const files = snippets.map(({ path }) => path).filter((path) => path !== undefined)
  const faults = []
  if (files.length === 0) return faults
  for (const compiler of compilers)
    for (const { file, line, message } of await compile(folder, compiler, files)) {
      const snippet = snippets.find(({ path }) => path !== undefined && path === join(root, file ?? ''))
      const place =
        snippet === undefined ? `${file}:${line}` : `${snippet.document}:${snippet.line + line - 1}`
      faults.push({ place, document: snippet?.document, by: compiler, message })
    }
  return faults
}

async function ran(folder, snippets, servers) {
  const faults = await runAll(folder, snippets, servers)
  return [...faults].map(([index, message]) => {
    const { document, line } = snippets[index] ?? {}
    return { place: `${document}:${line}`, document, by: 'run', message }
  })
}
