import { writeFile } from 'node:fs/promises'
import { catalogue, chooseRows } from './catalogue.mjs'
import { readArgs, usage } from './harness/args.mjs'
import { runFlood } from './harness/flood.mjs'
import { floodTable, machine, speedTable } from './harness/report.mjs'
import { judgeFlood, summarise } from './harness/results.mjs'
import { enter, runRounds } from './harness/rounds.mjs'
import { startNode } from './servers/node.mjs'
import { startProxy } from './servers/proxies.mjs'

const titles = { hit: 'Hits, one page of 20 KB', miss: 'Misses, every URL new' }
const argv = process.argv.slice(2)

/** @param {string} line progress goes to stderr: stdout is the report */
const say = (line) => process.stderr.write(`${line}\n`)

/** @param {import('./catalogue.mjs').Row} row */
const start = (row) => (row.server === 'node' ? startNode(row) : startProxy(row))

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

/** @param {readonly import('./catalogue.mjs').Row[]} rows @param {ReturnType<typeof readArgs>} args */
async function floods(rows, args) {
  const results = []
  for (const row of rows) {
    say(`flood: ${row.name}`)
    results.push(judgeFlood(await runFlood(row, args)))
  }
  return results
}

/** @param {ReturnType<typeof readArgs>} args */
async function bench(args) {
  const rows = chooseRows(args)
  const results = []
  for (const scenario of /** @type {const} */ (['hit', 'miss'])) {
    const chosen = rows.filter((row) => row.scenario === scenario)
    if (chosen.length === 0) continue
    const raced = await race(chosen, args)
    console.log(speedTable(titles[scenario], raced))
    results.push(...raced)
  }
  const flooded = await floods(
    rows.filter((row) => row.scenario === 'flood'),
    args,
  )
  if (flooded.length > 0) console.log(floodTable(flooded, args.urls))
  return [...results, ...flooded]
}

const args = readArgs(argv)
if (args.help) {
  console.log(`${usage}\n\nContestants: ${catalogue.map((row) => row.name).join(', ')}`)
} else {
  const results = await bench(args)
  console.log(machine(argv))
  if (args.json)
    await writeFile(args.json, `${JSON.stringify({ machine: machine(argv), args, results }, null, 2)}\n`)
  const missed = results.filter((result) => result.reached === false)
  if (args.assert && missed.length > 0) {
    say(`missed: ${missed.map((result) => result.name).join(', ')}`)
    process.exitCode = 1
  }
}
