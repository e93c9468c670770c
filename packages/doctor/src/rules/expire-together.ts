import type { Examination } from '../examine/examination.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, percent, type Rule } from './rule.js'

/** Pages that make a wave. */
const FEWEST_PAGES = 20
const FEWEST_WAVES = 2
/** Share of a route's pages. */
const SMALLEST_WAVE = 0.3
/** Share of a lifetime within which a wave is over. */
const WIDTH = 0.02

/** A time at which many pages expire. */
interface Wave {
  readonly from: number
  readonly to: number
  readonly pages: number
}

/** Pages that expire at the same time, again and again. */
export const expireTogether: Rule = {
  name: 'expire-together',
  title: 'The pages of a route expire together',
  when: 'twenty pages of a route or more, and 30 % of them, expire within 2 % of their lifetime, twice',
  remedy: '`jitter`',
  find(examined) {
    return [...examined.routes].flatMap(([route, lookUps]) => {
      const waves = wavesOf(lookUps)
      const largest = waves.reduce((most, { pages }) => Math.max(most, pages), 0)
      const rendered = rendersAfter(examined, route, waves)
      if (waves.length < FEWEST_WAVES || rendered.inWaves < rendered.all / 2) return []
      const evidence = `${waves.length} times up to ${largest} pages expired at once; ${percent(rendered.inWaves, rendered.all)} of the renders of expired pages came right after. The hit ratio stays, the peaks go.`
      const fix = {
        text: 'Let each page expire a little earlier than its lifetime, at random.',
        code: 'siteCache({ jitter: 0.2 })',
      }
      return [findingOf(expireTogether, examined, { route, evidence, fix })]
    })
  },
}

/** The times at which many pages expire, of which each is stored but once. */
function wavesOf(lookUps: readonly LookUp[]): Wave[] {
  const stored = lookUps
    .filter(({ result, jitter, lifetime }) => result === 'miss' && jitter === 0 && Number.isFinite(lifetime))
    .map(({ at, ttl, lifetime, path }) => ({ expires: at + ttl * 1000, lifetime, path }))
    .sort((one, other) => one.expires - other.expires)
  const enough = Math.max(FEWEST_PAGES, new Set(stored.map(({ path }) => path)).size * SMALLEST_WAVE)
  const waves: Wave[] = []
  let first = 0
  while (first < stored.length) {
    const { expires: from, lifetime } = stored[first] ?? { expires: 0, lifetime: 0 }
    const to = from + Math.max(1, lifetime * WIDTH) * 1000
    let next = first
    while (next < stored.length && (stored[next]?.expires ?? 0) <= to) next += 1
    const pages = new Set(stored.slice(first, next).map(({ path }) => path)).size
    if (pages >= enough) waves.push({ from, to: to + lifetime * WIDTH * 1000, pages })
    first = pages >= enough ? next : first + 1
  }
  return waves
}

function rendersAfter({ all, history }: Examination, route: string, waves: readonly Wave[]) {
  const expired = all.filter((it, i) => it.route === route && history[i]?.isExpired === true)
  const isInWave = ({ at }: LookUp): boolean => waves.some(({ from, to }) => at >= from && at <= to)
  return { all: expired.length, inWaves: expired.filter(isInWave).length }
}
