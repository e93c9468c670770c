import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installed, loadCore, pinned } from '../harness/pin.mjs'

const run = promisify(execFile)
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const haveWrk = installed('wrk', '-v')

/** The name of the load generator, for the report. */
export const generator = haveWrk ? 'wrk, 1 thread' : 'autocannon (wrk is not installed)'

/**
 * @typedef {object} Load
 * @property {string} origin
 * @property {string} path the path, or what stands in front of the number in each
 * @property {boolean} [counting] a new URL for every request
 * @property {number} [random] a URL at random, of so many
 * @property {number} [limit] requests after which to stop, instead of `seconds`
 * @property {boolean} [closes] a new connection for every request
 * @property {number} seconds
 * @property {number} connections
 *
 * @typedef {object} Loaded
 * @property {number} requests answered
 * @property {number} micros how long it took
 * @property {number} p99 in µs
 * @property {number} failures answers other than 2xx and 3xx, and requests without one
 * @property {number} disconnects connections that the server closed
 */

/**
 * Loads a server from a core of its own.
 *
 * @param {Load} load
 * @returns {Promise<Loaded>}
 * @throws {Error} when any request failed: such a round measures something else
 */
export async function runLoad(load) {
  return resultOf(haveWrk && !load.limit ? wrk(load) : cannon(load))
}

/**
 * Has each of many pages asked for by a crowd at once, one page after the other; the crowd's requests go to the servers in turn.
 *
 * @param {{ origins: readonly string[], path: string, pages: number, crowd: number }} crowds `path` stands in front of the number
 * @returns {Promise<{ requests: number, p50: number, p99: number }>} ms
 * @throws {Error} when any answer is not the page
 */
export function runCrowds(crowds) {
  return resultOf(pinned(loadCore, process.execPath, [here('crowds.mjs'), JSON.stringify(crowds)]))
}

/**
 * Asks at a fixed rate; latencies count from when a request was due.
 *
 * @param {OpenLoad} load
 * @returns {Promise<{ requests: number, p50: number, p99: number, p999: number, longest: number }>} ms
 * @throws {Error} when any request failed
 *
 * @typedef {{ prefix: string, count: number, every: number }} Paths one in `every` requests has a path of `prefix` and a
 *   number: drawn of `count`, or counting up where that is 0. The first that fits counts.
 * @typedef {{ origin: string, paths: readonly Paths[], rate: number, seconds: number, connections: number }} OpenLoad
 */
export function runOpen(load) {
  return resultOf(pinned(loadCore, process.execPath, [here('open.mjs'), JSON.stringify(load)]))
}

/** @param {[string, string[]]} command */
async function resultOf(command) {
  const { stdout } = await run(...command, { maxBuffer: 2 ** 24 })
  const result = JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? 'null')
  if (result === null) throw new Error('the load generator printed no result')
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} requests failed`)
  return result
}

/** @param {Load} load */
function wrk({ origin, path, counting, random = false, closes = false, seconds, connections }) {
  const options = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    here('urls.lua'),
    origin,
  ]
  if (closes) options.unshift('-H', 'Connection: close')
  return pinned(loadCore, 'wrk', [...options, '--', path, counting ? 'count' : String(random ?? 'same')])
}

/** Also for a number of requests: wrk runs for a time only. @param {Load} load */
function cannon(load) {
  return pinned(loadCore, process.execPath, [here('autocannon.mjs'), JSON.stringify(load)])
}
