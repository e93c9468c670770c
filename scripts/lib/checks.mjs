import { spawn } from 'node:child_process'
import { commandLine } from './command-line.mjs'
import { root } from './workspace.mjs'

/** Commands that pass or fail, and what came of all of them. */
export class Checks {
  passed = 0
  failed = 0
  /** Names of what failed. */
  failures = []

  /** Runs a command and counts it as one; shows all that it wrote, in one piece, when it has failed; whether it passed. */
  async check(name, command, args, options = {}) {
    const { code, output } = await capture(command, args, options)
    console.log(code === 0 ? `── ${name}: passed` : `\n── ${name}\n${output.trimEnd()}`)
    this.count(name, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 })
    return code === 0
  }

  /** @param counts of what a command tells of itself; `hasFailed`: it did, whatever these say */
  count(name, { passed = 0, failed = 0, hasFailed = failed > 0 }) {
    this.passed += passed
    this.failed += hasFailed ? Math.max(1, failed) : 0
    if (hasFailed) this.failures.push(name)
  }
}

/** Runs a command to its end; answers its exit code, and what it wrote. */
export function capture(command, args, options) {
  return new Promise((resolve, reject) => {
    const [program, list, how] = commandLine(command, args)
    const child = spawn(program, list, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...how, ...options })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code: signal === null ? (code ?? 1) : 1, output }))
  })
}
