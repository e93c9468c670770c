/** Rendering of docs/reference/speed.md from the runs of the benchmark that are kept in bench/results. */
import { tableOf } from '../../bench/harness/report.mjs'

/**
 * @typedef {object} Row of any scenario's results
 * @property {string} label
 * @property {string} [problem] why it could not be measured
 * @property {number} [cpu] µs per request
 * @property {number} [renders] per page, of a stampede
 * @property {number} [ratio]
 * @property {number} [target]
 * @property {boolean} [reached]
 *
 * @typedef {object} Run a file that `bench --json` has written
 * @property {string} name of the file: the day of the run
 * @property {string} machine
 * @property {string} [note] what else is to be known of the run
 * @property {{ rounds: number, seconds: number, quick?: boolean, busy?: boolean }} args
 * @property {Record<string, Row[]>} results by scenario
 *
 * @typedef {{ name: string, text: string }} Account tables of a run whose numbers were not kept
 */

const intro = `<!-- Written by scripts/speed.mjs: don't edit. -->

# Speed

What a hit, a miss, a stampede and a purge cost, beside the least that Node, Connect and Express need to write the same page, and beside the other caches for Express. Rows that lose are in the tables, and named above them.

- Each contestant is a process of its own on one core, loaded from another. Rounds are interleaved; the tables show medians.
- **CPU time** of the server per request bears a busy machine best. The **ratio** is that of the baseline divided by the contestant's: 1 is as cheap as the baseline, above 1 cheaper, and the lowest and highest round stand
  beside it. Requests per second and latencies are the machine's, too.
- A hit is stored, so the cost of rendering plays no part in it: all caches are measured by what they add.

\`pnpm bench --json results/<day>.json && node scripts/speed.mjs\` writes this page anew; [bench](../../bench/README.md) tells what each scenario does.
`

/**
 * Returns the text of the page, the newest run first.
 *
 * @param {readonly Run[]} runs
 * @param {readonly Account[]} accounts
 */
export function speedPage(runs, accounts) {
  const sections = [
    ...runs.map((run) => ({ name: run.name, text: runSection(run) })),
    ...accounts.map(({ name, text }) => ({ name, text: `## ${name}\n\n${text}` })),
  ]
  sections.sort((a, b) => (a.name < b.name ? 1 : -1))
  return [intro, ...sections.map(({ text }) => text)].join('\n')
}

/** @param {Run} run */
function runSection({ name, machine, note, args, results }) {
  const tables = Object.entries(results).map(([scenario, rows]) => tableOf(scenario, rows, args))
  return [
    `## ${name}\n`,
    `${settingOf(args)}\n`,
    note && `${note}\n`,
    where(machine),
    losses(results),
    ...tables,
  ]
    .filter(Boolean)
    .join('\n')
}

/** @param {Run['args']} args */
function settingOf({ rounds, seconds, quick }) {
  const isWhole = rounds >= 5 && seconds >= 3
  const length = `${rounds} rounds of ${seconds} s`
  if (isWhole) return `${length}.`
  return `**A quick run**${quick ? ' (`--quick`)' : ''}: ${length}, where a whole one has 5 of 3 s. Take its differences for differences only where they are large.`
}

/** @param {string} machine */
const where = (machine) => `\`\`\`text\n${machine.replace(/ --json[= ]\S+/, '').trim()}\n\`\`\`\n`

/** What a reader would look for first: what misses its target, what others do better, what is not there. */
function losses(results) {
  const rows = Object.entries(results).flatMap(([scenario, list]) =>
    list.map((row) => ({ ...row, scenario })),
  )
  const parts = [
    ['Misses its target', rows.filter(missed).map(verdict)],
    ['Cheaper on a hit than sitecache in the same place', cheaper(results.hit ?? [])],
    [
      'Could not be measured',
      rows.filter(({ problem }) => problem).map(({ label, problem }) => `${label} (${problem})`),
    ],
  ]
  const lines = parts.map(
    ([title, list]) => `- **${title}:** ${list.length === 0 ? 'none' : list.join('; ')}.`,
  )
  return `${lines.join('\n')}\n`
}

const missed = ({ reached, problem }) => reached === false && problem === undefined

/** @param {Row & { scenario: string }} row */
function verdict({ scenario, label, ratio, renders, target }) {
  const value = ratio ?? renders
  const numbers = value === undefined ? '' : `: ${value.toFixed(2)}, target ${target?.toFixed(2)}`
  return `${label} (${scenario}${numbers})`
}

/** Caches that take less CPU time for a hit than ours: those in front of the application, and those inside Express. */
function cheaper(hits) {
  const named = (name) => hits.find((row) => row.name === name)?.cpu
  const inFront = ['nginx', 'varnish']
  const others = hits.filter(({ name, baseline }) => baseline !== undefined && !name.startsWith('sitecache'))
  const isCheaper = ({ name, cpu }) =>
    cpu < (named(inFront.includes(name) ? 'sitecache-server' : 'sitecache-site') ?? 0)
  return others.filter(isCheaper).map(({ label, cpu }) => `${label} (${cpu.toFixed(1)} µs)`)
}
