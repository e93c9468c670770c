import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { catalogue, chooseRows } from './catalogue.mjs'
import { readArgs, usage } from './harness/args.mjs'
import { runFlood } from './harness/flood.mjs'
import { runIdle } from './harness/idle.mjs'
import { runPause } from './harness/pause.mjs'
import { loadCore, pinned } from './harness/pin.mjs'
import { runPurge } from './harness/purge.mjs'
import { runRates } from './harness/rate.mjs'
import { machine, tableOf } from './harness/report.mjs'
import { judgeFlood, summarise } from './harness/results.mjs'
import { enter, runRounds } from './harness/rounds.mjs'
import { runStampede } from './harness/stampede.mjs'
import { startNode } from './servers/node.mjs'
import { startProxy } from './servers/proxies.mjs'
import { StoreServers } from './servers/stores.mjs'

/**
 * @typedef {import('./catalogue.mjs').Row} Row
 * @typedef {ReturnType<typeof readArgs>} Args
 */

/** How the rows of a scenario are measured. @type {Record<string, (rows: Row[], args: Args) => Promise<object[]>>} */
const scenarios = {
  hit: race,
  seen: race,
  miss: race,
  rate: (rows, args) => runRates(rows, start, args),
  idle: (rows, args) => runIdle(rows, start, args),
  store: race,
  tags: race,
  scale: race,
  stampede: (rows, args) => each(rows, (row) => runStampede(row, start, args)),
  purge: (rows, args) => each(rows, (row) => runPurge(row, start, args)),
  pause: (rows, args) => each(rows, (row) => runPause(row, start, args)),
  flood: (rows, args) => each(rows, async (row) => judgeFlood(await runFlood(row, args))),
}
const stores = new StoreServers()
const argv = process.argv.slice(2)

/** @param {string} line progress goes to stderr: stdout is the report */
const say = (line) => process.stderr.write(`${line}\n`)

/** @param {Row} row */
async function start(row) {
  if (row.server !== 'node') return startProxy(row)
  return startNode(row, row.store && (await stores.url(row.store)))
}

/** @param {readonly Row[]} rows @param {Args} args */
async function race(rows, args) {
  const contestants = []
  try {
    for (const row of rows) {
      say(`warming up: ${row.name}`)
      contestants.push(await enter(row, start, args))
    }
    await runRounds(contestants, args, (round) => say(`round ${round} of ${args.rounds}`))
    return summarise(contestants)
  } finally {
    await Promise.all(contestants.map(({ server }) => server?.stop()))
  }
}

/**
 * One row after the other.
 *
 * @template T
 * @param {readonly Row[]} rows
 * @param {(row: Row) => Promise<T>} run
 * @returns {Promise<T[]>}
 */
async function each(rows, run) {
  const results = []
  for (const row of rows) {
    say(`${row.scenario}: ${row.name}`)
    results.push(await run(row))
  }
  return results
}

/** Measures what is asked for, and prints each table as soon as it is there. @param {Args} args */
async function bench(args) {
  const rows = chooseRows(args)
  const results = {}
  for (const [scenario, measure] of Object.entries(scenarios)) {
    const chosen = rows.filter((row) => row.scenario === scenario)
    if (chosen.length === 0) continue
    say(scenario)
    results[scenario] = await measure(chosen, args)
    console.log(tableOf(scenario, results[scenario], args))
  }
  return results
}

/** Keeps the load generator's core busy, at the priority of everything else. */
function keepBusy() {
  const [command, args] = pinned(loadCore, process.execPath, ['-e', 'for (;;);'])
  const child = spawn(command, args, { stdio: 'ignore' })
  return () => child.kill()
}

/** @param {Args} args */
async function measureAll(args) {
  const stop = args.busy ? keepBusy() : () => {}
  try {
    return await bench(args)
  } finally {
    stop()
    await stores.stop()
  }
}

/** Prints the tables of a file of results. @param {string} file */
async function printTables(file) {
  const { args, results, machine: where } = JSON.parse(await readFile(file, 'utf8'))
  for (const [scenario, of] of Object.entries(results)) console.log(tableOf(scenario, of, args))
  console.log(where)
}

const args = readArgs(argv)
if (args.help) {
  console.log(`${usage}\n\nContestants: ${catalogue.map((row) => row.name).join(', ')}`)
} else if (args.tables !== undefined) {
  await printTables(args.tables)
} else {
  const results = await measureAll(args)
  const where = machine(argv, args.busy)
  console.log(where)
  if (args.json) await writeFile(args.json, `${JSON.stringify({ machine: where, args, results }, null, 2)}\n`)
  const missed = Object.values(results)
    .flat()
    .filter((result) => result.reached === false)
  if (args.assert && missed.length > 0) {
    say(`missed: ${missed.map((result) => result.name).join(', ')}`)
    process.exitCode = 1
  }
}
