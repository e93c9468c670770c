import { setTimeout as wait } from 'node:timers/promises'
import { runLoad } from '../load/run.mjs'
import { checkServer } from './check.mjs'
import { median } from './results.mjs'

/**
 * CPU time per request in the first seconds after a time without requests, in which V8 drops code and shrinks its heap.
 *
 * @param {readonly import('../catalogue.mjs').Row[]} rows
 * @param {(row: import('../catalogue.mjs').Row) => Promise<import('../servers/node.mjs').Server>} start
 * @param {{ rounds: number, idle: number, connections: number }} settings
 */
export async function runIdle(rows, start, settings) {
  const contestants = []
  try {
    for (const row of rows) contestants.push(await enter(row, start, settings))
    for (let round = 0; round < Math.min(3, settings.rounds); round++) {
      // All are idle together; the order changes, as those that come later are idle for longer.
      await wait(settings.idle * 1000)
      const order = round % 2 === 0 ? contestants : [...contestants].reverse()
      for (const contestant of order) await measure(contestant, settings)
    }
    return contestants.map((contestant) => summarise(contestant, contestants))
  } finally {
    await Promise.all(contestants.map(({ server }) => server?.stop()))
  }
}

async function enter(row, start, { connections }) {
  const server = await start(row)
  await checkServer({ ...row, scenario: 'hit' }, server)
  await runLoad({ origin: server.origin, path: '/page/1', seconds: 3, connections })
  return { row, server, rounds: [] }
}

const FIRST_SECONDS = 2

async function measure({ server, rounds }, { connections }) {
  const before = await server.cpu()
  const loaded = await runLoad({
    origin: server.origin,
    path: '/page/1',
    seconds: FIRST_SECONDS,
    connections,
  })
  const after = await server.cpu()
  rounds.push({
    cpu: (after.micros - before.micros) / loaded.requests,
    p99: loaded.p99 / 1000,
    perSecond: (loaded.requests / loaded.micros) * 1e6,
  })
}

function summarise({ row, rounds }, contestants) {
  const { name, label, target, baseline } = row
  const of = (what) => median(rounds.map((round) => round[what]))
  const result = { name, label, rounds, cpu: of('cpu'), p99: of('p99'), perSecond: of('perSecond') }
  const beside = contestants.find((other) => other.row.name === baseline)?.rounds
  if (beside === undefined) return result
  const ratios = rounds.map((round, i) => beside[i].cpu / round.cpu)
  const ratio = median(ratios)
  const spread = [Math.min(...ratios), Math.max(...ratios)]
  return { ...result, ratio, spread, ...(target !== undefined && { target, reached: ratio >= target }) }
}
