import { allowance, maxBytes } from './flood.mjs'

/** @param {readonly number[]} values @returns {number} NaN of none */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]
  return (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {string} label
 * @property {string} [problem] why there are no numbers
 * @property {number} [perSecond]
 * @property {number} [p99] ms
 * @property {number} [cpu] µs per request
 * @property {number} [pause] longest pause of the garbage collector, ms
 * @property {string} [baseline] its label
 * @property {number} [ratio] baseline's CPU time per request to its own: above 1 is cheaper than the baseline
 * @property {[number, number]} [spread] the least and the greatest ratio of a round
 * @property {number} [beside] as `ratio`, against the other row that it is compared with
 * @property {number} [target]
 * @property {boolean} [reached] false too when it could not be measured
 * @property {readonly import('./rounds.mjs').Round[]} rounds
 */

/**
 * Medians over the rounds of each contestant.
 *
 * @param {readonly import('./rounds.mjs').Contestant[]} contestants
 * @returns {Result[]}
 */
export function summarise(contestants) {
  return contestants.map((contestant) => {
    const { row, rounds, problem } = contestant
    const named = (name) => contestants.find((other) => other.row.name === name)
    const baseline = named(row.baseline)
    const result = {
      name: row.name,
      label: row.label,
      baseline: baseline?.row.label,
      target: row.target,
      rounds,
    }
    if (problem !== undefined) return { ...result, problem, ...verdict(row.target, Number.NaN) }
    const numbers = {
      perSecond: median(rounds.map((round) => round.perSecond)),
      p99: median(rounds.map((round) => round.p99)),
      cpu: median(rounds.map((round) => round.cpu)),
      pause: rounds.some(({ pause }) => pause !== undefined)
        ? Math.max(...rounds.map(({ pause = 0 }) => pause))
        : undefined,
    }
    const beside = row.beside === undefined ? {} : { beside: median(ratiosTo(named(row.beside), contestant)) }
    return { ...result, ...numbers, ...beside, ...compare(contestant, baseline) }
  })
}

function compare(contestant, baseline) {
  const { target } = contestant.row
  const ratios = ratiosTo(baseline, contestant)
  if (ratios.length === 0) return verdict(target, Number.NaN)
  const ratio = median(ratios)
  return { ratio, spread: [Math.min(...ratios), Math.max(...ratios)], ...verdict(target, ratio) }
}

/** Round by round, so that what slowed one round down slows both sides of a ratio; none to what could not be measured. */
function ratiosTo(other, { row, rounds }) {
  if (other === undefined || other.problem !== undefined) return []
  if (other.row.name === row.baseline)
    return rounds.filter((round) => round.baseline !== undefined).map((round) => round.baseline / round.cpu)
  return rounds.map((round, index) => other.rounds[index].cpu / round.cpu)
}

/** @param {number | undefined} target @param {number} ratio */
function verdict(target, ratio) {
  return target === undefined ? {} : { reached: ratio >= target }
}

/**
 * A flood is borne by a cache when neither the bytes held nor the resident set grew above the limit.
 *
 * @param {Awaited<ReturnType<typeof import('./flood.mjs').runFlood>>} flood
 */
export function judgeFlood({ row, ...measured }) {
  // Without a cache nothing is held: those rows only show what a process grows by anyway.
  if (!row.module.startsWith('sitecache')) return { name: row.name, label: row.label, ...measured }
  const limit = maxBytes + allowance
  const reached = measured.problem === undefined && Math.max(measured.held, measured.rss) <= limit
  return { name: row.name, label: row.label, ...measured, limit, reached }
}
