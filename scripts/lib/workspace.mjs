import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine } from './command-line.mjs'

/** The workspace's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a command to its end, with this process's terminal; answers its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const [program, list, how] = commandLine(command, args)
    const child = spawn(program, list, { cwd: root, stdio: 'inherit', ...how, ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1))
  })
}

/** Runs the pnpm that the workspace names, through npx: nothing but Node and npm need be there. */
export function pnpm(args, options) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return run('npx', ['--yes', packageManager, ...args], options)
}

/** Installs what the lockfile names. */
export async function install() {
  const frozen = existsSync(join(root, 'pnpm-lock.yaml')) ? ['--frozen-lockfile'] : []
  const code = await pnpm(['install', ...frozen])
  if (code !== 0)
    throw new Error('The dependencies could not be installed: is there a connection to the registry?')
}
