import { writeFile } from 'node:fs/promises'
import { catalogue, chooseRows } from './catalogue.mjs'
import { readArgs, usage } from './harness/args.mjs'
import { runFlood } from './harness/flood.mjs'
import { runPurge } from './harness/purge.mjs'
import { floodTable, machine, purgeTable, speedTable, stampedeTable, storeTable } from './harness/report.mjs'
import { judgeFlood, summarise } from './harness/results.mjs'
import { enter, runRounds } from './harness/rounds.mjs'
import { runStampede } from './harness/stampede.mjs'
import { startNode } from './servers/node.mjs'
import { startProxy } from './servers/proxies.mjs'
import { StoreServers } from './servers/stores.mjs'

/** How a scenario's title and table read. */
const races = {
  hit: { title: 'Hits, one page of 20 KB', table: speedTable },
  miss: { title: 'Misses, every URL new', table: speedTable },
  store: { title: 'Hits of siteCache in Express, one page of 20 KB, by store', table: storeTable },
  tags: { title: 'Hits of siteCache in Express, one page of 20 KB, by its tags', table: speedTable },
}
const stores = new StoreServers()
const argv = process.argv.slice(2)

/** @param {string} line progress goes to stderr: stdout is the report */
const say = (line) => process.stderr.write(`${line}\n`)

/** @param {import('./catalogue.mjs').Row} row */
async function start(row) {
  if (row.server !== 'node') return startProxy(row)
  return startNode(row, row.store && (await stores.url(row.store)))
}

/** @param {readonly import('./catalogue.mjs').Row[]} rows @param {ReturnType<typeof readArgs>} args */
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
 * @param {readonly import('./catalogue.mjs').Row[]} rows
 * @param {(row: import('./catalogue.mjs').Row) => Promise<T>} run
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

/** @param {ReturnType<typeof readArgs>} args */
async function bench(args) {
  const rows = chooseRows(args)
  const rowsOf = (scenario) => rows.filter((row) => row.scenario === scenario)
  const results = []
  for (const [scenario, { title, table }] of Object.entries(races)) {
    const chosen = rowsOf(scenario)
    if (chosen.length === 0) continue
    const raced = await race(chosen, args)
    console.log(table(title, raced))
    results.push(...raced)
  }
  const stampeded = await each(rowsOf('stampede'), (row) => runStampede(row, start, args))
  if (stampeded.length > 0) console.log(stampedeTable(stampeded, args))
  const purged = await each(rowsOf('purge'), (row) => runPurge(row, start, args))
  if (purged.length > 0) console.log(purgeTable(purged, args))
  const flooded = await each(rowsOf('flood'), async (row) => judgeFlood(await runFlood(row, args)))
  if (flooded.length > 0) console.log(floodTable(flooded, args.urls))
  return [...results, ...stampeded, ...purged, ...flooded]
}

const args = readArgs(argv)
if (args.help) {
  console.log(`${usage}\n\nContestants: ${catalogue.map((row) => row.name).join(', ')}`)
} else {
  const results = await bench(args).finally(() => stores.stop())
  console.log(machine(argv))
  if (args.json)
    await writeFile(args.json, `${JSON.stringify({ machine: machine(argv), args, results }, null, 2)}\n`)
  const missed = results.filter((result) => result.reached === false)
  if (args.assert && missed.length > 0) {
    say(`missed: ${missed.map((result) => result.name).join(', ')}`)
    process.exitCode = 1
  }
}
