import assert from 'node:assert/strict'
import { runLoad } from '../load/run.mjs'
import { startNode } from '../servers/node.mjs'
import { checkServer } from './check.mjs'

/** The memory store's default maxBytes, which the contestants run with. */
export const maxBytes = 64 * 2 ** 20
/** What a process may take above its pages under a flood. */
export const allowance = 30 * 2 ** 20

// Few: what they store is not counted as growth.
const warmUpRequests = 200

/**
 * How much a process grows when it is asked for many URLs, each once.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @param {{ urls: number, connections: number }} settings
 * @returns {Promise<{ row: typeof row, problem?: string, held?: number, rss?: number, peak?: number }>} bytes, above what it
 *   took when warm; `peak` that of the resident set, before any collection
 */
export async function runFlood(row, { urls, connections }) {
  let server
  try {
    server = await startNode(row)
    await checkServer(row, server)
    const load = (path, limit) =>
      runLoad({ origin: server.origin, path, counting: true, limit, seconds: 0, connections })
    await load('/page/w', warmUpRequests)
    const before = await server.memory()
    await load('/page/f', urls)
    const after = await server.memory()
    const { renders } = await server.cpu()
    assert.ok(renders >= urls, `only ${renders} of ${urls} pages were rendered`)
    return {
      row,
      held: after.held - before.held,
      rss: after.rss - before.rss,
      peak: after.peak - before.rss,
    }
  } catch (error) {
    return { row, problem: error.message.split('\n')[0] }
  } finally {
    await server?.stop()
  }
}
