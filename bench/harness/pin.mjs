import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/** Is a command there? @param {string} command @param {string} flag one with which it ends at once */
export function installed(command, flag) {
  return spawnSync(command, [flag], { stdio: 'ignore' }).error === undefined
}

const canPin = cpus().length > 1 && installed('taskset', '--version')

export const serverCore = 0
export const loadCore = 1
export const pinning = canPin
  ? `server on core ${serverCore}, load on core ${loadCore}`
  : 'not pinned: one core only, or no taskset'

/**
 * A command for `spawn`, kept on one core where the system can.
 *
 * @param {number} core
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[string, string[]]}
 */
export function pinned(core, command, args) {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]]
}
