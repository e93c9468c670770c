import { runLoad } from '../load/run.mjs'
import { checkRound, checkServer } from './check.mjs'

/**
 * @typedef {import('../catalogue.mjs').Row} Row
 * @typedef {import('../servers/node.mjs').Server} Server
 * @typedef {{ row: Row, server?: Server, rounds: Round[], problem?: string }} Contestant
 * @typedef {{ perSecond: number, p99: number, cpu: number, requests: number, disconnects: number,
 *   baseline?: number, pause?: number, heap?: number }} Round p99 and the longest pause of the collector in ms, CPU in µs
 *   per request, its own and that of the baseline just before or after; the heap in bytes
 */

let made = 0

/**
 * A contestant that runs, was checked and is warm; or says why it does not.
 *
 * @param {Row} row
 * @param {(row: Row) => Promise<Server>} start
 * @param {{ seconds: number, connections: number }} settings
 * @returns {Promise<Contestant>}
 */
export async function enter(row, start, settings) {
  const contestant = { row, rounds: [] }
  try {
    contestant.server = await start(row)
    await checkServer(row, contestant.server)
    if (row.stored !== undefined) await storePages(row.stored, contestant.server, settings)
    await measure(contestant, settings)
  } catch (error) {
    await withdraw(contestant, error)
  }
  return contestant
}

/** Asks for `/page/1`, `/page/2` … once. @param {number} count @param {Server} server @param {{ connections: number }} settings */
async function storePages(count, { origin }, { connections }) {
  await runLoad({ origin, path: '/page/', counting: true, limit: count, seconds: 0, connections })
}

/** A contestant that failed stands in the table with its reason, and the others go on. */
async function withdraw(contestant, error) {
  contestant.problem = error.message.split('\n')[0]
  await contestant.server?.stop()
  contestant.server = undefined
}

/** Before each measurement. */
const REWARM_SECONDS = 1

/**
 * A B C A B C …: what else the machine does meanwhile falls on all of them. Each stands beside a measurement of its
 * baseline of its own, before it and after it in turn.
 *
 * @param {readonly Contestant[]} contestants
 * @param {{ rounds: number, seconds: number, connections: number }} settings
 * @param {(round: number) => void} progress
 */
export async function runRounds(contestants, settings, progress) {
  for (let round = 1; round <= settings.rounds; round++) {
    progress(round)
    for (const contestant of contestants) await runPair(contestant, contestants, settings, round % 2 === 0)
  }
}

async function runPair(contestant, contestants, settings, isReversed) {
  const beside = contestants.find(({ row }) => row.name === contestant.row.baseline)
  const first = isReversed ? contestant : beside
  const second = isReversed ? beside : contestant
  const measured = [await runRound(first, settings), await runRound(second, settings)]
  const [own, baseline] = isReversed ? measured : measured.reverse()
  if (own === undefined) return
  contestant.rounds.push({ ...own, ...(baseline !== undefined && { baseline: baseline.cpu }) })
}

/** @param {Contestant | undefined} contestant @param {{ seconds: number, connections: number }} settings */
async function runRound(contestant, settings) {
  if (contestant?.server === undefined) return undefined
  try {
    return await measure(contestant, settings)
  } catch (error) {
    await withdraw(contestant, error)
    return undefined
  }
}

/**
 * @param {Contestant} contestant
 * @param {{ seconds: number, connections: number }} settings
 * @returns {Promise<Round>}
 */
async function measure({ row, server }, { seconds, connections }) {
  // Waiting for its turn, V8 has dropped code of a server that seemed idle: a site under load is not in that state.
  await runLoad({ origin: server.origin, ...target(row), seconds: REWARM_SECONDS, connections })
  // Each pays for its own garbage.
  await server.collect?.()
  const before = await server.cpu()
  const loaded = await runLoad({ origin: server.origin, ...target(row), seconds, connections })
  const after = await server.cpu()
  const pauses = await server.pauses?.()
  checkRound(row, after.renders - before.renders, loaded.requests)
  return {
    perSecond: (loaded.requests / loaded.micros) * 1e6,
    p99: loaded.p99 / 1000,
    cpu: (after.micros - before.micros) / loaded.requests,
    requests: loaded.requests,
    disconnects: loaded.disconnects,
    ...(pauses !== undefined && { pause: pauses.longest, heap: pauses.heap }),
  }
}

/** No URL of a miss is asked for twice, whichever round it falls into. @param {Row} row */
function target({ scenario, closes, stored, random }) {
  if (random) return { path: '/page/', random: stored }
  if (scenario !== 'miss') return { path: '/page/1', closes }
  made += 1
  return { path: `/page/${made}-`, counting: true }
}
