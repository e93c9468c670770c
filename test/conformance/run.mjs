/**
 * Runs the public HTTP cache test suite against Express with sitecache, in several modes at once, and says how it did
 * beside other caches. Fails when a test that passed before fails. See README.md for the arguments.
 */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compare, readBaseline, writeBaseline } from './baseline.mjs'
import { deliberateDifferences, outdated } from './differences.mjs'
import { modes } from './modes.mjs'
import { recordedResults } from './recorded.mjs'
import { failures, hollowPasses, reason, table } from './report.mjs'
import { runMode } from './run-mode.mjs'
import { edition, groups, installedSuite, kinds, testsOf } from './suite.mjs'

const { values: args } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    mode: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    suite: { type: 'string', default: installedSuite },
    report: { type: 'string' },
  },
})
const folder = resolve(args.suite)
const whole = args.only.length === 0 && args.mode.length === 0 && folder === installedSuite

/** One test is looked at in one mode, unless others are asked for. */
function chosenModes() {
  const unknown = args.mode.filter((name) => !Object.hasOwn(modes, name))
  if (unknown.length > 0)
    throw new Error(`No mode ${unknown.join(', ')}; there are ${Object.keys(modes).join(', ')}`)
  if (args.mode.length > 0) return args.mode
  return args.only.length > 0 ? Object.keys(modes).slice(0, 1) : Object.keys(modes)
}

/** @returns outcomes by mode and test */
async function runAll(names, only = args.only) {
  const jobs = names.map((mode) => ({ folder, mode, only, verbose: args.verbose }))
  const results = await Promise.all(jobs.map(runMode))
  for (const { printed } of results) if (printed !== '') console.log(printed)
  return Object.fromEntries(names.map((mode, i) => [mode, results[i].outcomes]))
}

function printOnly(tests, outcomes) {
  for (const [mode, results] of Object.entries(outcomes))
    for (const { id } of tests) console.log(`${id} [${mode}]: ${reason(results[id])}`)
  return tests.every(({ id }) => Object.values(outcomes).every((results) => results[id] === true))
}

async function printAll(tests, outcomes, differences) {
  const ours = Object.entries(outcomes).map(([mode, results]) => ({
    name: `sitecache, ${mode}`,
    outcomes: results,
  }))
  const theirs = await recordedResults(folder)
  console.log(
    table(tests, [...ours, ...theirs.map((row) => ({ ...row, name: `${row.name} ${row.version}` }))]),
  )
  const hollow = hollowPasses(tests, Object.values(outcomes)[0])
  if (hollow.length > 0) console.log(`\n${hollow.length} of our passes lean on a test that fails.`)
  const intended = new Set(differences.flatMap((difference) => difference.tests))
  for (const kind of ['required', 'optimal']) {
    const others = tests.filter(({ id }) => !intended.has(id))
    const list = failures(others, kind, outcomes)
    if (list.length > 0) console.log(`\n${kinds[kind]}, failing:\n${list.join('\n')}`)
  }
  if (differences.length > 0) console.log('\nfailing on purpose:')
  for (const difference of differences)
    console.log(`  ${difference.tests.join(', ')}\n      ${difference.reason}`)
}

/** @returns whether all that passed before still does, and what is said to fail on purpose does fail */
async function holdAgainstBaseline(outcomes, differences) {
  const { kept, lost, won } = compare(await readBaseline(), outcomes)
  if (won.length > 0) console.log(`\n${won.length} passes are new: keep them with --update.`)
  if (lost.length > 0) console.log('\nPassed before:')
  for (const [id, mode] of lost) console.log(`  ${id} [${mode}]: ${reason(outcomes[mode][id])}`)
  const untrue = outdated(differences, outcomes)
  if (untrue.length > 0) console.log(`\nSaid to fail on purpose, and passed: ${untrue.join(', ')}`)
  const failed = new Set(lost.map(([id]) => id)).size + untrue.length
  console.log(`\n${kept.length} tests pass as before, ${failed} do not do as expected`)
  if (args.report !== undefined) await writeFile(args.report, JSON.stringify({ passed: kept.length, failed }))
  return failed === 0 && kept.length > 0
}

/** The suite counts real seconds, which a busy machine stretches: what is lost is run once more, by itself. */
async function rerunLost(outcomes) {
  const { lost } = compare(await readBaseline(), outcomes)
  for (const [mode, results] of Object.entries(outcomes)) {
    const ids = lost.filter(([id, where]) => where === mode && id in results).map(([id]) => id)
    if (ids.length === 0) continue
    const { [mode]: again } = await runAll([mode], ids)
    Object.assign(results, again)
    const saved = ids.filter((id) => again[id] === true)
    if (saved.length > 0)
      console.log(`Failed once in mode ${mode}, and passed by themselves: ${saved.join(', ')}\n`)
  }
}

async function main() {
  if (args.update && !whole) throw new Error('--update takes a whole run: without --only, --mode and --suite')
  const started = Date.now()
  const tests = testsOf(await groups(folder, args.only))
  const names = chosenModes()
  const outcomes = await runAll(names)
  if (args.only.length > 0) return printOnly(tests, outcomes)
  const version = await edition(folder)
  const seconds = Math.round((Date.now() - started) / 1000)
  console.log(`HTTP cache tests ${version}: ${tests.length} in ${names.length} modes, ${seconds} s\n`)
  const known = folder === installedSuite
  if (known) await rerunLost(outcomes)
  const differences = known ? await deliberateDifferences() : []
  await printAll(tests, outcomes, differences)
  if (args.update) await writeBaseline(version, outcomes)
  return known ? holdAgainstBaseline(outcomes, differences) : true
}

process.exitCode = (await main()) ? 0 : 1
