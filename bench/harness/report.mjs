import { cpus, release } from 'node:os'
import { generator } from '../load/run.mjs'
import { pinning } from './pin.mjs'

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

/** @param {import('./results.mjs').Result} result */
function speedRow(result) {
  const { label, problem, ratio, spread, target, reached } = result
  if (problem !== undefined) return [`${label}: ${problem}`, '', '', '', '', fixed(target, 2), yesNo(reached)]
  const ratios = spread ? `${fixed(ratio, 2)} (${spread.map((value) => fixed(value, 2)).join('–')})` : ''
  const numbers = [fixed(result.perSecond, 0), fixed(result.p99, 1), fixed(result.cpu, 1)]
  return [label, ...numbers, ratios, fixed(target, 2), yesNo(reached)]
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
