import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const PARENT_CHECK_MS = 250

/** Module that ends a process whose parent has gone, even if that was killed. */
const watchParent = `data:text/javascript,${encodeURIComponent(
  "process.on('disconnect', () => process.kill(process.pid, 'SIGTERM')); process.channel?.unref()",
)}`

/**
 * Runs a program of Node with this process's terminal, and passes signals on to it; answers its exit code. It ends with this process, and
 * this process with npm, which has started it: however those end.
 *
 * @param {string} main
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function startProgram(main, args) {
  const child = spawn(process.execPath, ['--import', watchParent, main, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const pass = (signal) => child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass).on('SIGHUP', pass)
  const started = parents()
  const timer = setInterval(() => parents() === started || pass('SIGTERM'), PARENT_CHECK_MS)
  const [code] = await once(child, 'exit')
  clearInterval(timer)
  return code ?? 1
}

/** Where npm runs the script: the ids of its shell and, where that can be seen, of npm itself. */
function parents() {
  if (process.env.npm_lifecycle_event === undefined) return ''
  return `${process.ppid} ${parentOf(process.ppid)}`
}

function parentOf(pid) {
  try {
    // `pid (name) state ppid …`; the name may have spaces and brackets.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]
  } catch {
    return ''
  }
}
