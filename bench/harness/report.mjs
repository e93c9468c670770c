import { cpus, release } from 'node:os'
import { generator } from '../load/run.mjs'
import { pinning } from './pin.mjs'
import { RENDER_MS } from './stampede.mjs'

/** @param {number | undefined} value @param {number} digits */
const fixed = (value, digits) => (value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits))

/** @param {boolean | undefined} reached */
const yesNo = (reached) => (reached === undefined ? '' : reached ? 'yes' : '**no**')

/** @param {readonly (readonly string[])[]} rows the first is the head */
function markdown([head, ...rows]) {
  const alignment = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [head, alignment, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Head of the columns that tables of speed have in common. */
const speedHead = ['', 'requests/s', 'p99, ms', 'longest GC, ms', 'CPU, µs/request', 'ratio (rounds)']

/** @param {string} title @param {readonly import('./results.mjs').Result[]} results */
export function speedTable(title, results) {
  const head = [...speedHead, 'target', 'reached']
  return `### ${title}\n\n${markdown([head, ...results.map(speedRow)])}\n`
}

/** What other stores cost: there is no target. @param {string} title @param {readonly import('./results.mjs').Result[]} results */
export function storeTable(title, results) {
  const head = [...speedHead, 'ratio to Redis']
  const rows = results.map((result) => [
    ...speedRow(result).slice(0, speedHead.length),
    fixed(result.beside, 2),
  ])
  return `### ${title}\n\n${markdown([head, ...rows])}\n`
}

/**
 * @param {readonly import('./stampede.mjs').Stampeded[]} results
 * @param {{ pages: number, crowd: number }} settings
 */
export function stampedeTable(results, { pages, crowd }) {
  const head = ['', 'renders per page', 'p50, ms', 'p99, ms', 'target', 'reached']
  const rows = results.map(({ label, problem, renders, p50, p99, target, reached }) => [
    problem === undefined ? label : `${label}: ${problem}`,
    fixed(renders, renders === 1 ? 0 : 2),
    ...[p50, p99].map((value) => fixed(value, 0)),
    fixed(target, 0),
    yesNo(reached),
  ])
  return `### ${crowd} requests at once for a cold page that takes ${RENDER_MS} ms, ${pages} times\n\n${markdown([head, ...rows])}\n`
}

/** @param {import('./results.mjs').Result} result */
function speedRow(result) {
  const { label, problem, ratio, spread, target, reached } = result
  if (problem !== undefined)
    return [`${label}: ${problem}`, '', '', '', '', '', fixed(target, 2), yesNo(reached)]
  const ratios = spread ? `${fixed(ratio, 2)} (${spread.map((value) => fixed(value, 2)).join('–')})` : ''
  const { perSecond, p99, pause, cpu } = result
  const numbers = [fixed(perSecond, 0), fixed(p99, 1), fixed(pause, 1), fixed(cpu, 1)]
  return [label, ...numbers, ratios, fixed(target, 2), yesNo(reached)]
}

/** @param {readonly import('./purge.mjs').Purged[]} results @param {{ tagged: number }} settings */
export function purgeTable(results, { tagged }) {
  const head = ['', 'ms', 'target', 'reached']
  const rows = results.map(({ label, problem, milliseconds, target, reached }) => [
    problem === undefined ? label : `${label}: ${problem}`,
    fixed(milliseconds, 2),
    fixed(target, 0),
    yesNo(reached),
  ])
  return `### Purging a tag that ${tagged} pages have\n\n${markdown([head, ...rows])}\n`
}

/** @param {readonly ReturnType<typeof import('./results.mjs').judgeFlood>[]} floods @param {number} urls */
export function floodTable(floods, urls) {
  const mebibytes = (bytes) => fixed(bytes === undefined ? undefined : bytes / 2 ** 20, 1)
  const head = ['', 'held, MiB', 'resident, MiB', 'peak resident, MiB', 'limit, MiB', 'reached']
  const rows = floods.map(({ label, problem, held, rss, peak, limit, reached }) => [
    problem === undefined ? label : `${label}: ${problem}`,
    ...[held, rss, peak, limit].map(mebibytes),
    yesNo(reached),
  ])
  return `### Growth under a flood of ${urls} distinct URLs\n\n${markdown([head, ...rows])}\n`
}

/** @param {readonly import('./rate.mjs').Rated[]} results @param {{ rate: number }} settings */
export function rateTable(results, { rate }) {
  const head = [
    '',
    'p50, ms',
    'p99, ms',
    'p99.9, ms',
    'longest GC, ms',
    "baseline's p99",
    'target',
    'reached',
  ]
  const rows = results.map(({ label, problem, p50, p99, p999, pause, times, target, reached }) => [
    problem === undefined ? label : `${label}: ${problem}`,
    ...[p50, p99, p999, pause].map((value) => fixed(value, 2)),
    times === undefined ? '' : `× ${fixed(times, 2)}`,
    fixed(target, 2),
    yesNo(reached),
  ])
  return `### ${rate} requests a second, from when each was due\n\n${markdown([head, ...rows])}\n`
}

/** @param {readonly import('./results.mjs').Result[]} results @param {{ idle: number }} settings */
export function idleTable(results, { idle }) {
  return speedTable(`The first seconds after ${idle} without requests`, results)
}

export function pauseTable(results) {
  const head = [
    '',
    'store, MiB',
    'entries',
    'longest GC, ms',
    'heap, MiB',
    'resident, MiB',
    'p99, ms',
    'target',
    'reached',
  ]
  const rows = results.map((result) => [
    result.problem === undefined ? result.label : `${result.label}: ${result.problem}`,
    fixed(result.mebibytes, 0),
    fixed(result.entries, 0),
    fixed(result.pause, 1),
    ...[result.heap, result.resident].map((bytes) => fixed(bytes && bytes / 2 ** 20, 0)),
    fixed(result.p99, 2),
    fixed(result.target, 0),
    yesNo(result.reached),
  ])
  return `### A full store, 2000 hits and 200 misses a second\n\n${markdown([head, ...rows])}\n`
}

/** How the results of each scenario read. */
const tables = {
  hit: (results) => speedTable('Hits, one page of 20 KB', results),
  seen: (results) => speedTable('Hits of siteCache in Express that somebody looks at', results),
  miss: (results) => speedTable('Misses, every URL new', results),
  rate: rateTable,
  idle: idleTable,
  store: (results) => storeTable('Hits of siteCache in Express, one page of 20 KB, by store', results),
  tags: (results) => speedTable('Hits of siteCache in Express, one page of 20 KB, by its tags', results),
  scale: (results) => speedTable('Hits, by the pages that are stored', results),
  stampede: stampedeTable,
  purge: purgeTable,
  pause: pauseTable,
  flood: (results, { urls }) => floodTable(results, urls),
}

/**
 * The table of a scenario, of its results as they stand in a file of `--json`.
 *
 * @param {string} scenario @param {readonly object[]} results @param {ReturnType<typeof import('./args.mjs').readArgs>} args
 */
export const tableOf = (scenario, results, args) => tables[scenario](results, args)

/** What was measured where, so that a table can be compared with another. @param {readonly string[]} argv */
export function machine(argv, busy) {
  const [cpu] = cpus()
  return [
    `${cpu?.model.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ${generator}; ${pinning}${busy ? ', which another program loads' : ''}.`,
    `${new Date().toISOString().slice(0, 16)}Z: pnpm bench ${argv.join(' ')}`,
  ].join('\n')
}
