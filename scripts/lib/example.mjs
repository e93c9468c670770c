import { join } from 'node:path'
import { startProgram } from './start-program.mjs'
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
  return built === 0 ? startProgram(join(root, 'examples', name, 'dist', 'main.js'), args) : built
}
