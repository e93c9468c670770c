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
  scope: 'route',
  title: 'The pages of a route expire together',
  when: 'twenty pages of a route or more, and 30 % of them, expire within 2 % of their lifetime, twice',
  remedy: '`jitter`',
  find(examined, route) {
    const { lookUps } = examined
    const waves = wavesOf(lookUps)
    const largest = waves.reduce((most, { pages }) => Math.max(most, pages), 0)
    const rendered = rendersAfter(examined, waves)
    if (waves.length < FEWEST_WAVES || rendered.inWaves < rendered.all / 2) return []
    const evidence = `${waves.length} times up to ${largest} pages expired at once; ${percent(rendered.inWaves, rendered.all)} of the renders of expired pages came right after. The hit ratio stays, the peaks go.`
    const fix = {
      text: 'Let each page expire a little earlier than its lifetime, at random.',
      code: 'siteCache({ jitter: 0.2 })',
    }
    return [findingOf(expireTogether, examined, { route, evidence, fix })]
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
  const inWindow = new Map<number, number>()
  let first = 0
  stored.forEach(({ expires, path, lifetime }, i) => {
    const width = Math.max(1, lifetime * WIDTH) * 1000
    inWindow.set(path, (inWindow.get(path) ?? 0) + 1)
    for (; (stored[first]?.expires ?? expires) < expires - width; first += 1)
      leave(inWindow, stored[first]?.path)
    const last = waves.at(-1)
    const isOver = i + 1 === stored.length || (stored[i + 1]?.expires ?? 0) > expires
    if (!isOver || inWindow.size < enough) return
    const wave = { from: stored[first]?.expires ?? expires, to: expires + width, pages: inWindow.size }
    // The same wave, a little later.
    if (last !== undefined && wave.from <= last.to)
      waves[waves.length - 1] = { from: last.from, to: wave.to, pages: Math.max(last.pages, wave.pages) }
    else waves.push(wave)
  })
  return waves
}

function leave(inWindow: Map<number, number>, path = 0): void {
  const left = (inWindow.get(path) ?? 0) - 1
  if (left > 0) inWindow.set(path, left)
  else inWindow.delete(path)
}

function rendersAfter({ all, history }: Examination, waves: readonly Wave[]) {
  const expired = all.filter((_, i) => history[i]?.isExpired === true)
  const isInWave = ({ at }: LookUp): boolean => waves.some(({ from, to }) => at >= from && at <= to)
  return { all: expired.length, inWaves: expired.filter(isInWave).length }
}
