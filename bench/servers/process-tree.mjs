import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { pinned, serverCore } from '../harness/pin.mjs'

// USER_HZ: the unit of /proc/<pid>/stat, 100 a second on every Linux that Node runs on.
const microsPerTick = 10_000

/** CPU time of a process and all below it, in µs. @param {number} root */
export function cpuOfTree(root) {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat)
  const tree = new Set([root])
  // Children have higher ids than their parents except after a wrap; the loop ends when nothing is added.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size
    for (const { pid, parent } of stats) if (tree.has(parent)) tree.add(pid)
  }
  return stats.reduce((sum, { pid, ticks }) => sum + (tree.has(pid) ? ticks * microsPerTick : 0), 0)
}

/** @param {string} pid @returns {{ pid: number, parent: number, ticks: number }[]} none when it has ended */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the second field, in parentheses, may hold blanks; state is the third, utime and stime the 14th and 15th.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }]
  } catch {
    return []
  }
}

/** A port of the loopback address that nothing uses at present. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Starts a server that isn't ours, on the contestants' core unless told otherwise, and waits until it accepts connections.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {number} port
 * @param {{ core?: number, cwd?: string, uid?: number, gid?: number, signal?: NodeJS.Signals }} [how] `signal`: what ends it
 * @throws {Error} when it ends first, with what it printed last
 */
export async function startForeign(command, args, port, { core = serverCore, signal, ...how } = {}) {
  const child = spawn(...pinned(core, command, args), { stdio: ['ignore', 'ignore', 'pipe'], ...how })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2000)
  })
  const exited = once(child, 'exit')
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${command} did not start: ${errors.trim()}`)
    await wait(50)
  }
  return {
    pid: child.pid,
    async stop() {
      child.kill(signal)
      await exited
    },
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
