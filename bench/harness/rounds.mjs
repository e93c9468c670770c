import { runLoad } from '../load/run.mjs'
import { checkRound, checkServer } from './check.mjs'

/**
 * @typedef {import('../catalogue.mjs').Row} Row
 * @typedef {import('../servers/node.mjs').Server} Server
 * @typedef {{ row: Row, server?: Server, rounds: Round[], problem?: string }} Contestant
 * @typedef {{ perSecond: number, p99: number, cpu: number, requests: number, disconnects: number }} Round
 *   p99 in ms, CPU in µs per request
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
    await measure(contestant, settings)
  } catch (error) {
    await withdraw(contestant, error)
  }
  return contestant
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
 * A B C A B C …: what else the machine does meanwhile falls on all of them.
 *
 * @param {readonly Contestant[]} contestants
 * @param {{ rounds: number, seconds: number, connections: number }} settings
 * @param {(round: number) => void} progress
 */
export async function runRounds(contestants, settings, progress) {
  for (let round = 1; round <= settings.rounds; round++) {
    progress(round)
    for (const contestant of contestants) await runRound(contestant, settings)
  }
}

/** @param {Contestant} contestant @param {{ seconds: number, connections: number }} settings */
async function runRound(contestant, settings) {
  if (contestant.server === undefined) return
  try {
    contestant.rounds.push(await measure(contestant, settings))
  } catch (error) {
    await withdraw(contestant, error)
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
  const before = await server.cpu()
  const loaded = await runLoad({ origin: server.origin, ...target(row), seconds, connections })
  const after = await server.cpu()
  checkRound(row, after.renders - before.renders, loaded.requests)
  return {
    perSecond: (loaded.requests / loaded.micros) * 1e6,
    p99: loaded.p99 / 1000,
    cpu: (after.micros - before.micros) / loaded.requests,
    requests: loaded.requests,
    disconnects: loaded.disconnects,
  }
}

/** No URL of a miss is asked for twice, whichever round it falls into. @param {Row} row */
function target({ scenario, closes }) {
  if (scenario !== 'miss') return { path: '/page/1', closes }
  made += 1
  return { path: `/page/${made}-`, counting: true }
}
