import { runLoad, runOpen } from '../load/run.mjs'
import { checkServer } from './check.mjs'

const HITS_PER_SECOND = 2000
const MISSES_PER_SECOND = 200
/** What a page of 20 KB takes at the most, with its record and its fence. */
const PAGE_BYTES = 22 * 1024
const HEAP_LIMIT = 200 * 2 ** 20

/**
 * The longest pauses of a server whose store is full, under hits and misses at a fixed rate.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @param {(row: import('../catalogue.mjs').Row & { maxBytes: number }) => Promise<import('../servers/node.mjs').Server>} start
 * @param {{ mebibytes: number, seconds: number, connections: number }} settings
 */
export async function runPause(row, start, { mebibytes, seconds, connections }) {
  const { name, label, target } = row
  let server
  try {
    server = await start({ ...row, maxBytes: mebibytes * 2 ** 20 })
    await checkServer({ ...row, scenario: 'hit' }, server)
    const pages = Math.floor((mebibytes * 2 ** 20) / PAGE_BYTES)
    const origin = server.origin
    await runLoad({ origin, path: '/page/f', counting: true, limit: pages, seconds: 0, connections })
    await server.collect()
    const every = 1 + HITS_PER_SECOND / MISSES_PER_SECOND
    const rate = HITS_PER_SECOND + MISSES_PER_SECOND
    // The last half: what was stored first may have been dropped when the store became full.
    const paths = [
      { prefix: '/page/new-', count: 0, every },
      { prefix: '/page/f', count: Math.floor(pages / 2), every: 1 },
    ]
    const load = await runOpen({ origin, paths, rate, seconds: Math.max(10, seconds), connections })
    const pauses = await server.pauses()
    const stats = await server.stats()
    const reached = pauses.longest <= target && pauses.heap <= HEAP_LIMIT
    return { name, label, mebibytes, ...load, pause: pauses.longest, ...pauses, ...stats, target, reached }
  } catch (error) {
    return { name, label, problem: error.message.split('\n')[0], target, reached: false }
  } finally {
    await server?.stop()
  }
}
