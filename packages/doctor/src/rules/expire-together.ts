import { gainOf } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { distinct, Numbered } from '../examine/numbered.js'
import { filtered, forEach, type Steps, sortedBy, summed } from '../examine/steps.js'
import { pairNumber } from '../sample/key-number.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, percent, quantile, type Rule } from './rule.js'

/** Pages that make a wave. */
const FEWEST_PAGES = 20
const FEWEST_WAVES = 2
/** Share of a route's pages. */
const SMALLEST_WAVE = 0.3
/** Share of a lifetime within which a wave is over. */
const WIDTH = 0.02
const JITTER = 0.2
const CHANCES = 2 ** 20

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
  *find(examined, route) {
    const expired = yield* filtered(examined.all, (_, i) => examined.history.isExpired(i))
    if (expired.length === 0) return []
    const waves = yield* wavesOf(examined)
    const largest = waves.reduce((most, { pages }) => Math.max(most, pages), 0)
    const inWaves = (yield* filtered(expired, ({ at }) => isInWave(waves, at))).length
    if (waves.length < FEWEST_WAVES || inWaves < expired.length / 2) return []
    const lost = yield* lostInWaves(examined, expired, waves)
    // Pages live a tenth shorter on average: some are rendered once more.
    const more = -(yield* gainOf(examined, { lifetime: shortened, ttl: spread })).requests
    const evidence = `${waves.length} times up to ${largest} pages expired at once; ${percent(inWaves, expired.length)} of the renders of expired pages came right after. The peaks go; pages live shorter, so there are a few hits less.`
    const fix = {
      text: 'Let each page expire a little earlier than its lifetime, at random.',
      code: `siteCache({ jitter: ${JITTER} })`,
    }
    const seconds = lost.seconds - (more * lost.usualMs) / 1000
    const gain = { requests: -more, seconds: Math.max(0, seconds) }
    return [findingOf(expireTogether, examined, { route, evidence, gain, fix })]
  },
}

/** The times at which many pages expire, of which each is stored but once. */
function* wavesOf({ all, history }: Examination): Steps<Wave[]> {
  const isFirstSeen = (it: LookUp, i: number): boolean => it.isServed && history.seenAt(i) === undefined
  const stored = yield* sortedBy(
    yield* filtered(all, (it, i) => livesForATime(it) && (it.result === 'miss' || isFirstSeen(it, i))),
    expiresOf,
  )
  const paths = yield* distinct(stored, ({ path }) => path)
  const enough = Math.max(FEWEST_PAGES, paths * SMALLEST_WAVE)
  const waves: Wave[] = []
  const inWindow = new PathsInWindow()
  let first = 0
  yield* forEach(stored, (lookUp, i) => {
    const { path, lifetime } = lookUp
    const expires = expiresOf(lookUp)
    const width = Math.max(1, lifetime * WIDTH) * 1000
    inWindow.enter(path)
    const expiresAt = (at: number): number => expiresOf(stored[at] ?? lookUp)
    for (; expiresAt(first) < expires - width; first += 1) inWindow.leave(stored[first]?.path ?? 0)
    const last = waves.at(-1)
    const isOver = i + 1 === stored.length || expiresAt(i + 1) > expires
    if (!isOver || inWindow.size < enough) return
    const wave = { from: expiresAt(first), to: expires + width, pages: inWindow.size }
    // The same wave, a little later.
    if (last !== undefined && wave.from <= last.to)
      waves[waves.length - 1] = { from: last.from, to: wave.to, pages: Math.max(last.pages, wave.pages) }
    else waves.push(wave)
  })
  return waves
}

/** Distinct paths of the pages that expire within some time. */
class PathsInWindow {
  size = 0
  readonly #numbers = new Numbered()
  readonly #pages: number[] = []

  enter(path: number): void {
    if (this.#add(path, 1) === 1) this.size += 1
  }

  leave(path: number): void {
    if (this.#add(path, -1) === 0) this.size -= 1
  }

  #add(path: number, pages: number): number {
    const number = this.#numbers.of(path)
    const sum = (this.#pages[number] ?? 0) + pages
    this.#pages[number] = sum
    return sum
  }
}

/** Seconds that a page lives with the jitter. */
function shortened(lookUp: LookUp): number {
  return lifetimeOf(lookUp) * (1 - JITTER * chanceOf(lookUp))
}

/** Seconds that are left of a page that was there before: by then pages expire at any time. */
function spread(lookUp: LookUp): number {
  return lifetimeOf(lookUp) * chanceOf(lookUp)
}

function lifetimeOf({ lifetime, layerLifetime }: LookUp): number {
  return Number.isNaN(lifetime) ? layerLifetime : lifetime
}

/** Number from 0 to 1 that is the same at each examination. */
function chanceOf({ key, at }: LookUp): number {
  return (pairNumber(key, at) % CHANCES) / CHANCES
}

/** Cost of waves. */
interface Lost {
  /** Seconds by which renders in waves take longer than others do. */
  readonly seconds: number
  /** Milliseconds that the others take; 0: not known. */
  readonly usualMs: number
}

function* lostInWaves(
  { lookUps }: Examination,
  expired: readonly LookUp[],
  waves: readonly Wave[],
): Steps<Lost> {
  const others = yield* filtered(lookUps, ({ isRender, at }) => isRender && !isInWave(waves, at))
  const usual = yield* quantile(others, ({ renderMs }) => renderMs)
  if (Number.isNaN(usual)) return { seconds: 0, usualMs: 0 }
  const inWaves = yield* filtered(expired, ({ at }) => isInWave(waves, at))
  const milliseconds = yield* summed(inWaves, ({ renderMs }) => Math.max(0, renderMs - usual || 0))
  return { seconds: milliseconds / 1000, usualMs: usual }
}

function livesForATime({ jitter, lifetime }: LookUp): boolean {
  return jitter === 0 && Number.isFinite(lifetime)
}

function expiresOf({ at, ttl }: LookUp): number {
  return at + ttl * 1000
}

/** @param waves in their order, none within another */
function isInWave(waves: readonly Wave[], at: number): boolean {
  let [low, high] = [0, waves.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((waves[middle]?.to ?? 0) < at) low = middle + 1
    else high = middle
  }
  return at >= (waves[low]?.from ?? Number.POSITIVE_INFINITY)
}
