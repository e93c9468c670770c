import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { install, root, run } from './workspace.mjs'

/**
 * Installs, builds and starts an example on a machine that has only Node and npm; answers its exit code.
 *
 * @param {string} name its folder
 * @param {readonly string[]} args
 */
export async function runExample(name, args) {
  await install()
  const built = await run(join(root, 'node_modules', '.bin', 'tsc'), ['-b', `examples/${name}`])
  return built === 0 ? start(join(root, 'examples', name, 'dist', 'main.js'), args) : built
}

/** Runs it with this process's terminal, and passes signals on to it. */
async function start(main, args) {
  const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' })
  const pass = (signal) => child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  const [code] = await once(child, 'exit')
  return code ?? 1
}
