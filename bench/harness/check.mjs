import assert from 'node:assert/strict'
import { pageBody } from '../page.mjs'

/**
 * Proves, before it is measured, that a contestant serves the right bytes, that its hits are hits and its misses
 * misses.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @param {import('../servers/node.mjs').Server} server
 * @throws {assert.AssertionError} naming what is wrong
 */
export async function checkServer(row, server) {
  await fetchPage(server, '1', row)
  // Some caches store after they have answered.
  await fetchPage(server, '1', row)
  const before = (await server.cpu()).renders
  const hit = await fetchPage(server, '1', row)
  const after = (await server.cpu()).renders
  if (row.scenario === 'hit') assert.equal(after, before, 'the handler ran for a page that should be stored')
  if (row.scenario !== 'miss' && row.module.startsWith('sitecache')) {
    assert.match(hit.headers.get('cache-status') ?? '', /\bhit\b/, 'Cache-Status does not say hit')
  }
  if (row.scenario === 'miss') await checkMiss(row, server)
}

/** @param {import('../catalogue.mjs').Row} row @param {import('../servers/node.mjs').Server} server */
async function checkMiss(row, server) {
  const before = (await server.cpu()).renders
  await fetchPage(server, 'new-1', row)
  await fetchPage(server, 'new-2', row)
  const { renders } = await server.cpu()
  assert.equal(renders - before, 2, 'the handler did not run for each new page')
}

/**
 * @param {import('../servers/node.mjs').Server} server
 * @param {string} id
 * @param {{ bytes?: number }} row
 */
async function fetchPage({ origin }, id, { bytes }) {
  const response = await fetch(`${origin}/page/${id}`)
  const body = await response.text()
  assert.equal(response.status, 200, `status ${response.status}`)
  assert.ok(body === pageBody(id, bytes), 'the body is not the page')
  return response
}

/**
 * Proves, after a round, that every request of it was the hit or the miss that was to be measured.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @param {number} renders runs of the handler during the round
 * @param {number} requests
 */
export function checkRound({ scenario, module }, renders, requests) {
  // A baseline that writes a buffer never renders; the one without a cache always does.
  if (scenario === 'hit')
    assert.equal(renders, 0, `the handler of ${module} ran ${renders} times among the hits`)
  // More are possible: those under way when the load ended.
  else
    assert.ok(
      renders >= requests,
      `${requests - renders} of ${requests} requests of ${module} were no misses`,
    )
}
