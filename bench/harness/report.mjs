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

/** @param {string} title @param {readonly import('./results.mjs').Result[]} results */
export function speedTable(title, results) {
  const head = ['', 'requests/s', 'p99, ms', 'CPU, µs/request', 'ratio (rounds)', 'target', 'reached']
  return `### ${title}\n\n${markdown([head, ...results.map(speedRow)])}\n`
}

/** What other stores cost: there is no target. @param {string} title @param {readonly import('./results.mjs').Result[]} results */
export function storeTable(title, results) {
  const head = ['', 'requests/s', 'p99, ms', 'CPU, µs/request', 'ratio (rounds)', 'ratio to Redis']
  const rows = results.map((result) => [...speedRow(result).slice(0, 5), fixed(result.beside, 2)])
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
  if (problem !== undefined) return [`${label}: ${problem}`, '', '', '', '', fixed(target, 2), yesNo(reached)]
  const ratios = spread ? `${fixed(ratio, 2)} (${spread.map((value) => fixed(value, 2)).join('–')})` : ''
  const numbers = [fixed(result.perSecond, 0), fixed(result.p99, 1), fixed(result.cpu, 1)]
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

/** What was measured where, so that a table can be compared with another. @param {readonly string[]} argv */
export function machine(argv) {
  const [cpu] = cpus()
  return [
    `${cpu?.model.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ${generator}; ${pinning}.`,
    `${new Date().toISOString().slice(0, 16)}Z: pnpm bench ${argv.join(' ')}`,
  ].join('\n')
}
