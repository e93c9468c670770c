import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
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
  const { renders, hit } = await askAgain(row, server)
  if (isOfHits(row)) assert.equal(renders, 0, 'the handler ran for a page that should be stored')
  if (row.scenario !== 'miss') assert.ok(saysHit(row, hit), 'Cache-Status does not say hit')
  if (row.scenario === 'miss') await checkMiss(row, server)
}

/** Is every request of it to be answered from a cache? @param {import('../catalogue.mjs').Row} row */
function isOfHits({ scenario, uncached }) {
  return ['hit', 'seen', 'store', 'tags', 'scale'].includes(scenario) && uncached !== true
}

/** Of those that say it. @param {import('../catalogue.mjs').Row} row @param {Response} response */
function saysHit({ module }, response) {
  return !module.startsWith('sitecache') || /\bhit\b/.test(response.headers.get('cache-status') ?? '')
}

/** Some store after they have answered, and some a round trip later still. */
const PATIENCE_MS = 2000

/** @param {import('../catalogue.mjs').Row} row @param {import('../servers/node.mjs').Server} server */
async function askAgain(row, server) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await wait(20)) {
    const before = (await server.cpu()).renders
    const hit = await fetchPage(server, '1', row)
    const renders = (await server.cpu()).renders - before
    const isHit = saysHit(row, hit) && (renders === 0 || !isOfHits(row))
    if (isHit || Date.now() > deadline) return { renders, hit }
  }
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
export function checkRound(row, renders, requests) {
  const { module } = row
  // A baseline that writes a buffer never renders; the one without a cache always does.
  if (isOfHits(row)) assert.equal(renders, 0, `the handler of ${module} ran ${renders} times among the hits`)
  // More are possible: those under way when the load ended.
  else
    assert.ok(
      renders >= requests,
      `${requests - renders} of ${requests} requests of ${module} were no misses`,
    )
}
