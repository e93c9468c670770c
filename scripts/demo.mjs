/**
 * The README's demo command: installs, builds and starts examples/atlas on a machine that has only Node and npm.
 * `--check` stops it once it has shown what it does; the exit code then says whether the cache answered.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { install, root, run } from './lib/workspace.mjs'

/** Runs the demo with this process's terminal, and passes signals on to it. */
async function start() {
  const main = join(root, 'examples', 'atlas', 'dist', 'main.js')
  const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  const pass = (signal) => child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  const [code] = await once(child, 'exit')
  return code ?? 1
}

await install()
const built = await run(join(root, 'node_modules', '.bin', 'tsc'), ['-b', 'examples/atlas'])
process.exitCode = built === 0 ? await start() : built
