/**
 * Looks for what a process holds, and for what makes it slower, the longer it runs: `node soak.mjs`, after a build.
 * Visitors, pages and values come and go; once the stores are full, the heap has to stay as it is.
 *
 *     node soak.mjs --only purges,fragments --turns 5000 --windows 10
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sites } from './soak/sites.mjs'

/** Bytes that the heap may grow by with each turn; maps that are not full yet take less. */
const MOST_BYTES = 80
/** The last window's time to that of the one in the middle: more is no noise. */
const MOST_SLOWER = 1.5
const LOOPS = 8

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(sites).join() },
    turns: { type: 'string', default: '5000' },
    windows: { type: 'string', default: '10' },
    site: { type: 'string' },
  },
})
process.env.NODE_ENV ??= 'production'

if (values.site !== undefined) {
  console.log(JSON.stringify(await soak(sites[values.site](), Number(values.turns), Number(values.windows))))
  process.exit()
}
const file = fileURLToPath(import.meta.url)
for (const site of values.only.split(',')) {
  const given = [file, '--site', site, '--turns', values.turns, '--windows', values.windows]
  const output = execFileSync(process.execPath, ['--expose-gc', '--no-warnings', ...given], {
    encoding: 'utf8',
  })
  report(site, JSON.parse(output.trim().split('\n').at(-1)))
}

/** Prints a line for a site, and fails the run where it grows or slows down. */
function report(site, windows) {
  const half = Math.ceil(windows.length / 2)
  const [middle, last] = [windows[half - 1], windows.at(-1)]
  // The first window is that of a process that begins. Maps that are emptied when they are full rise and fall.
  const grown = (least(windows.slice(half)) - least(windows.slice(1, half))) / (half * Number(values.turns))
  const slower = last.cpu / middle.cpu
  const isSound = grown <= MOST_BYTES && slower <= MOST_SLOWER
  if (!isSound) process.exitCode = 1
  const heaps = windows.map(({ heap }) => (heap / 2 ** 20).toFixed(1)).join(' ')
  const times = windows.map(({ cpu }) => Math.round(cpu)).join(' ')
  console.log(
    `${isSound ? 'sound ' : 'GROWS '} ${site}: ${Math.round(grown)} bytes a turn, time ×${slower.toFixed(2)}`,
  )
  console.log(`       heap in MiB: ${heaps}; µs a turn: ${times}`)
}

function least(windows) {
  return Math.min(...windows.map(({ heap }) => heap))
}

/** Returns heap in bytes and CPU time of a turn in microseconds, after each window. */
async function soak({ listener, turn }, turns, count) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ask = asking(server.address().port)
  const windows = []
  let i = 0
  for (let end = turns; windows.length < count; end += turns) {
    const before = process.cpuUsage()
    const loop = async () => {
      while (i < end) await turn(ask, i++)
    }
    await Promise.all(Array.from({ length: LOOPS }, loop))
    const { user, system } = process.cpuUsage(before)
    windows.push({ cpu: (user + system) / turns, heap: await heapNow() })
  }
  return windows
}

/** Bytes of the heap, without what is garbage. */
async function heapNow() {
  for (let i = 0; i < 3; i++) {
    await delay(20)
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

/** Returns what asks for a path, and resolves when the response has ended or its client has left. */
function asking(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: LOOPS })
  return (path, headers = {}, leaves = false) =>
    new Promise((resolve) => {
      const options = { port, host: '127.0.0.1', path, agent, headers: { host: 'site.example', ...headers } }
      const sent = request(options, (res) => void res.resume().on('error', resolve))
      sent.on('error', resolve).on('close', resolve).end()
      if (leaves) setImmediate(() => sent.destroy())
    })
}
