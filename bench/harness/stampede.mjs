import assert from 'node:assert/strict'
import { runCrowds } from '../load/run.mjs'

/** How long the handler of a cold page takes, in milliseconds. */
export const RENDER_MS = 100

/**
 * @typedef {object} Stampeded
 * @property {string} name
 * @property {string} label
 * @property {string} [problem] why there are no numbers
 * @property {number} [renders] per cold page
 * @property {number} [p50] ms
 * @property {number} [p99] ms
 * @property {number} [target]
 * @property {boolean} [reached]
 */

/**
 * How often a page is rendered that many ask for at once, while nobody has it yet; and how long they wait.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @param {(row: import('../catalogue.mjs').Row) => Promise<import('../servers/node.mjs').Server>} start
 * @param {{ pages: number, crowd: number }} settings
 * @returns {Promise<Stampeded>}
 */
export async function runStampede(row, start, settings) {
  const { name, label, target } = row
  const servers = []
  try {
    for (let i = 0; i < (row.processes ?? 1); i++) servers.push(await start({ ...row, renderMs: RENDER_MS }))
    const measured = await measure(row, servers, settings)
    return { name, label, ...measured, ...verdict(target, measured.renders) }
  } catch (error) {
    return { name, label, problem: error.message.split('\n')[0], ...verdict(target, Number.NaN) }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

/** @param {import('../catalogue.mjs').Row} row @param {readonly import('../servers/node.mjs').Server[]} servers */
async function measure({ name }, servers, { pages, crowd }) {
  const origins = servers.map(({ origin }) => origin)
  const load = (path, count) => runCrowds({ origins, path, pages: count, crowd })
  // Loads the code, and makes the connections. Rows may share a store: each has pages of its own.
  await load(`/page/${name}-warm-`, 2)
  const before = await rendersOf(servers)
  const { p50, p99 } = await load(`/page/${name}-cold-`, pages)
  const renders = ((await rendersOf(servers)) - before) / pages
  assert.ok(renders >= 1, `the handler of ${name} ran less than once for each cold page`)
  return { renders, p50, p99 }
}

/** @param {readonly import('../servers/node.mjs').Server[]} servers */
async function rendersOf(servers) {
  const counts = await Promise.all(servers.map((server) => server.cpu()))
  return counts.reduce((sum, { renders }) => sum + renders, 0)
}

/** @param {number | undefined} target @param {number} renders */
function verdict(target, renders) {
  return target === undefined ? {} : { target, reached: renders <= target }
}
