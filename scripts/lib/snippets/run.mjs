/** Runs the composed snippets in one process of its own. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { root } from './read.mjs'

const program = fileURLToPath(new URL('./program.mjs', import.meta.url))

/**
 * Bundles each snippet with its setup, and runs all of them; resolves to the faults by the snippets'
 * indices.
 *
 * @param servers ports of the real servers, by the ports that snippets name
 */
export async function runAll(folder, snippets, servers) {
  const runnable = snippets
    .map((snippet, index) => ({ ...snippet, index }))
    .filter(({ words, path }) => path !== undefined && !('compiled' in words))
  const bundles = join(folder, 'bundles')
  const unbuilt = await bundle(runnable, bundles)
  const built = runnable.filter(({ index }) => !unbuilt.has(index))
  const jobs = built.map(({ index, words, message }) => ({
    ...{ index, words, message },
    bundle: join(bundles, `${index}.mjs`),
  }))
  const faults = new Map(unbuilt)
  // Some codes are raised in development alone.
  for (const [environment, raises] of Object.entries({ test: false, development: true })) {
    const place = join(folder, environment)
    mkdirSync(place, { recursive: true })
    const snippets = jobs.filter(({ words }) => 'raises' in words === raises)
    writeFileSync(join(place, 'jobs.json'), JSON.stringify({ servers, snippets }))
    for (const [index, fault] of await outcome(place, environment, snippets)) faults.set(index, fault)
  }
  return faults
}

/** Bundles what can be; resolves to the faults of the others, by their indices. */
async function bundle(runnable, outdir) {
  const faults = new Map()
  for (;;) {
    const entries = runnable.filter(({ index }) => !faults.has(index))
    const errors = await errorsOfBuild(entries, outdir)
    const before = faults.size
    for (const { text, location } of errors) {
      const entry = entries.find(({ program }) => location !== null && program.endsWith(location.file))
      if (entry === undefined) throw new Error(`${location?.file}: ${text}`)
      faults.set(entry.index, text)
    }
    if (faults.size === before) return faults
  }
}

async function errorsOfBuild(entries, outdir) {
  const built = build({
    entryPoints: Object.fromEntries(entries.map((it) => [`${it.index}`, it.program])),
    outdir,
    absWorkingDir: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    jsx: 'automatic',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire as requireMaker } from 'node:module'; const require = requireMaker(import.meta.url);",
    },
  })
  return built.then(
    () => [],
    ({ errors }) => errors,
  )
}

/** Resolves to the faults that the program told; those that it did not come to are faults as well. */
function outcome(place, environment, snippets) {
  if (snippets.length === 0) return new Map()
  const { NODE_OPTIONS, JEST_WORKER_ID, ...env } = process.env
  const child = spawn(process.execPath, ['--no-warnings', program, 'jobs.json'], {
    cwd: place,
    env: { ...env, NODE_ENV: environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const faults = new Map()
  const done = new Set()
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-4000)
    })
  child.on('message', ({ index, fault }) => {
    done.add(index)
    if (fault !== undefined) faults.set(index, fault)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const [ended, ...others] = snippets.filter(({ index }) => !done.has(index))
      if (ended !== undefined) faults.set(ended.index, `the process ended with ${code}\n${output}`)
      for (const { index } of others) faults.set(index, 'was not run: the process had ended')
      resolve(faults)
    })
  })
}
