import assert from 'node:assert/strict'
import { runLoad } from '../load/run.mjs'
import { checkServer } from './check.mjs'

/**
 * @typedef {object} Purged
 * @property {string} name
 * @property {string} label
 * @property {string} [problem] why there is no number
 * @property {number} [milliseconds] that `invalidateTags` took
 * @property {number} [target]
 * @property {boolean} [reached]
 */

/**
 * How long it takes to drop all pages of a tag, when many have it.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @param {(row: import('../catalogue.mjs').Row) => Promise<import('../servers/node.mjs').Server>} start
 * @param {{ tagged: number, connections: number }} settings
 * @returns {Promise<Purged>}
 */
export async function runPurge(row, start, settings) {
  const { name, label, target } = row
  let server
  try {
    server = await start(row)
    await checkServer(row, server)
    const milliseconds = await purgeMany(server, settings)
    return { name, label, milliseconds, target, reached: milliseconds < target }
  } catch (error) {
    return { name, label, problem: error.message.split('\n')[0], target, reached: false }
  } finally {
    await server?.stop()
  }
}

/** @param {import('../servers/node.mjs').Server} server @param {{ tagged: number, connections: number }} settings */
async function purgeMany(server, { tagged, connections }) {
  const load = (count) =>
    runLoad({ origin: server.origin, path: '/page/p', counting: true, limit: count, seconds: 0, connections })
  await load(tagged)
  // They are there to be purged, from the first to the last; and then they are not.
  const hits = await rendersOf(server, () => visitSome(server, tagged))
  assert.equal(hits, 0, `${hits} of ${SAMPLE} pages were not there before the purge`)
  const { milliseconds } = await server.purge()
  const misses = await rendersOf(server, () => visitSome(server, tagged))
  assert.equal(misses, SAMPLE, `only ${misses} of ${SAMPLE} pages were rendered after the purge`)
  return milliseconds
}

const SAMPLE = 20

/** @param {import('../servers/node.mjs').Server} server @param {number} tagged */
async function visitSome({ origin }, tagged) {
  for (let i = 0; i < SAMPLE; i++) {
    const response = await fetch(`${origin}/page/p${1 + Math.floor((i * tagged) / SAMPLE)}`)
    await response.arrayBuffer()
  }
}

/** @param {import('../servers/node.mjs').Server} server @param {() => Promise<void>} run */
async function rendersOf(server, run) {
  const before = (await server.cpu()).renders
  await run()
  return (await server.cpu()).renders - before
}
