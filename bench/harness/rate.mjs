import { runOpen } from '../load/run.mjs'
import { checkServer } from './check.mjs'
import { median } from './results.mjs'

/**
 * @typedef {import('../catalogue.mjs').Row} Row
 * @typedef {object} Rated
 * @property {string} name
 * @property {string} label
 * @property {string} [problem] why there are no numbers
 * @property {number} [p50] ms, from when a request was due
 * @property {number} [p99]
 * @property {number} [p999]
 * @property {number} [pause] longest of the garbage collector, ms
 * @property {number} [times] its p99 over that of its baseline
 * @property {number} [target]
 * @property {boolean} [reached]
 */

let made = 0

/**
 * Latencies at a rate that every contestant can serve, each beside its baseline, round by round.
 *
 * @param {readonly Row[]} rows
 * @param {(row: Row) => Promise<import('../servers/node.mjs').Server>} start
 * @param {{ rounds: number, rate: number, seconds: number, connections: number }} settings
 * @returns {Promise<Rated[]>}
 */
export async function runRates(rows, start, settings) {
  const contestants = []
  try {
    for (const row of rows) contestants.push(await enter(row, start))
    for (let round = 0; round < settings.rounds; round++)
      for (const contestant of contestants) await measure(contestant, settings)
    return contestants.map((contestant) => summarise(contestant, contestants))
  } finally {
    await Promise.all(contestants.map(({ server }) => server?.stop()))
  }
}

/** @param {Row} row @param {(row: Row) => Promise<import('../servers/node.mjs').Server>} start */
async function enter(row, start) {
  const contestant = { row, rounds: [] }
  try {
    contestant.server = await start(row)
    await checkServer({ ...row, scenario: row.misses ? 'miss' : 'hit' }, contestant.server)
  } catch (error) {
    contestant.problem = error.message.split('\n')[0]
    await contestant.server?.stop()
    contestant.server = undefined
  }
  return contestant
}

async function measure({ row, server, rounds }, { rate, seconds, connections }) {
  if (server === undefined) return
  made += 1
  const paths = row.misses
    ? [{ prefix: `/page/rate-${made}-`, count: 0, every: 1 }]
    : [{ prefix: '/page/', count: 1, every: 1 }]
  const load = { origin: server.origin, paths, rate, connections }
  await runOpen({ ...load, paths: [{ prefix: '/page/', count: 1, every: 1 }], seconds: 1 })
  await server.collect()
  const { p50, p99, p999 } = await runOpen({ ...load, seconds })
  rounds.push({ p50, p99, p999, pause: (await server.pauses()).longest })
}

function summarise({ row, rounds, problem }, contestants) {
  const { name, label, target, baseline } = row
  if (problem !== undefined) return { name, label, problem, target, reached: false }
  const of = (what) => median(rounds.map((round) => round[what]))
  const result = { name, label, rounds, p50: of('p50'), p99: of('p99'), p999: of('p999'), pause: of('pause') }
  const beside = contestants.find((other) => other.row.name === baseline)?.rounds ?? []
  if (beside.length === 0) return result
  const times = median(rounds.map((round, i) => round.p99 / beside[i].p99))
  return { ...result, times, ...(target !== undefined && { target, reached: times <= target }) }
}
