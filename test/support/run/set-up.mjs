/**
 * Begins a run of jest: a throw-away folder for all that its tests put down, and a process that starts servers when a
 * test first asks for them. That process ends with this one, however this one ends, and leaves nothing behind.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundlePrograms } from './programs.mjs'
import { bundleSources } from './sources.mjs'

const workspace = fileURLToPath(new URL('../../..', import.meta.url))
const source = fileURLToPath(new URL('holder.ts', import.meta.url))
/** Below test/node_modules, from which it finds the databases' drivers. */
const program = fileURLToPath(new URL('../../node_modules/.cache/holder.mjs', import.meta.url))

export default async function setUp(_, { moduleNameMapper }) {
  const folder = await mkdtemp(join(tmpdir(), 'sitecache-run-'))
  // As /tmp itself: database servers run as users of their own.
  await chmod(folder, 0o1777)
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  })
  // Detached: ^C reaches the whole group, and would end it before it has stopped its servers.
  const holder = spawn(process.execPath, [program, folder, workspace], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  })
  const [url] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])
  if (!Buffer.isBuffer(url)) throw new Error('The process that holds the servers of the tests ended at once')
  const [sources, programs] = await Promise.all([
    bundleSources(workspace, moduleNameMapper),
    bundlePrograms(workspace),
  ])
  process.env.SITECACHE_TEST_SOURCES = sources
  if (programs !== undefined) process.env.SITECACHE_TEST_PROGRAMS = programs
  const { TMPDIR } = process.env
  Object.assign(process.env, { TMPDIR: folder, SITECACHE_TEST_SERVERS: url.toString().trim() })
  globalThis.sitecacheTestRun = { holder, TMPDIR }
}
