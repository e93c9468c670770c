import { LockTimeoutError } from '../errors.js'
import type { Landed } from '../util/flights.js'
import { type Asked, type Computation, compute, type Landing, landingOf } from './compute.js'
import type { Parts } from './internals.js'
import type { Source } from './options.js'
import type { Reading } from './value-reader.js'
import type { CacheValues } from './values.js'

/** How often one who waited for a value that was purged meanwhile waits for another, before computing it alone. */
const WAITS = 3

/** The value of a key, or what the source makes of it, computed once for all who ask meanwhile. */
export async function getOrSet(asked: Asked, source: Source<unknown>, parts: Parts): Promise<unknown> {
  const { fullKey } = asked
  const { values, meter } = parts
  const began = performance.now()
  for (let wait = 0; ; wait++) {
    const reading = readsItself(asked) ? await values.reader.read(fullKey) : undefined
    const held = reading && answerAtOnce(reading, asked, source, parts)
    if (held !== undefined) return held.value
    const run = new Run({ asked, source, parts, isEnough: isFresh })
    const patience = wait < WAITS ? patienceOf(asked, began) : 0
    try {
      const landed = await run.join(patience)
      if (run.own !== undefined || (await isValid(fullKey, landed, values))) return run.answer(landed)
    } catch (error) {
      // A refresh that was left to another process.
      if (error instanceof LockTimeoutError && !run.led) continue
      const old = reading && fallback(reading, asked, values)
      if (old === undefined) throw error
      if (run.led) meter.error(error, 'getOrSet')
      meter.stale(fullKey)
      return old.own.value
    }
  }
}

/**
 * With tags everybody reads: what another read, or computes, may have been purged before this call began. With stale
 * values everybody has to have one to fall back on. The others share a look.
 */
function readsItself({ tags, whileRevalidateMs, ifErrorMs, beta }: Asked): boolean {
  return tags.length > 0 || whileRevalidateMs > 0 || ifErrorMs > 0 || beta > 0
}

function isFresh(reading: Reading): boolean {
  return !reading.isStale
}

/** What is there, if it is good enough; perhaps a new one is computed behind it. */
function answerAtOnce(
  reading: Reading,
  asked: Asked,
  source: Source<unknown>,
  parts: Parts,
): { readonly value: unknown } | undefined {
  const { values, meter, random } = parts
  const until = freshUntil(reading)
  if (reading.isStale && values.now() >= until + asked.whileRevalidateMs) return undefined
  if (reading.isStale && asked.whileRevalidateMs === 0) return undefined
  const landing = landingOf(reading, values)
  if (landing === undefined) return undefined
  if (reading.isStale) meter.stale(asked.fullKey)
  else meter.hit(asked.fullKey)
  const isDue = reading.isStale || isDueEarly(reading, asked, values.now(), random)
  if (isDue) refresh(reading, asked, source, parts)
  return landing.own
}

/** In milliseconds since the epoch; infinite: for ever. */
function freshUntil({ entry, header }: Reading): number {
  return entry.expires === null ? Number.POSITIVE_INFINITY : entry.expires - (header?.staleMs ?? 0)
}

/** XFetch (Vattani, Chierichetti, Lowenstein 2015): as if the clock were ahead by a random multiple of the computation. */
function isDueEarly(reading: Reading, { beta }: Asked, now: number, random: () => number): boolean {
  const computeMs = reading.header?.computeMs ?? 0
  if (beta === 0 || computeMs === 0) return false
  return now - computeMs * beta * Math.log(1 - random()) >= freshUntil(reading)
}

/** Computes a new value behind the answer, unless somebody does already. */
function refresh(old: Reading, asked: Asked, source: Source<unknown>, parts: Parts): void {
  const { flights, meter, waitFor } = parts
  if (flights.has(asked.fullKey)) return
  const isEnough = (reading: Reading) => isFresh(reading) && reading.entry.expires !== old.entry.expires
  const it: Computation = { asked, source, parts, isEnough }
  // Another process that is at it already need not be waited for.
  const work = flights.join(asked.fullKey, (flight) => compute(it, flight, 0))
  const end = work.then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof LockTimeoutError)) meter.error(error, 'refresh')
    },
  )
  waitFor(end)
}

/** An old value, for a source that failed. */
function fallback(reading: Reading, { ifErrorMs }: Asked, values: CacheValues): Landing | undefined {
  const isOf = ifErrorMs > 0 && values.now() < freshUntil(reading) + ifErrorMs
  return isOf ? landingOf(reading, values) : undefined
}

/** Milliseconds that are left to wait for others. */
function patienceOf({ lockTimeout }: Asked, began: number): number {
  return lockTimeout === null ? Number.POSITIVE_INFINITY : lockTimeout * 1000 - (performance.now() - began)
}

/** One caller's part in a computation: its own, or another's that it waits for. */
class Run {
  /** What this caller's own computation brought. */
  own: Landing | undefined
  /** Whether it began one. */
  led = false
  readonly #it: Computation

  constructor(it: Computation) {
    this.#it = it
  }

  /** Waits for another's so many milliseconds at the most; then computes alone. */
  async join(patience: number): Promise<Landed> {
    const { asked, parts } = this.#it
    const begin = async (flight: { readonly fenced: boolean }) => {
      this.led = true
      this.own = await compute(this.#it, flight)
      return this.own
    }
    const joined = patience > 0 ? await parts.flights.joinWithin(asked.fullKey, begin, patience) : undefined
    return joined ?? begin({ fenced: false })
  }

  answer(landed: Landed): unknown {
    const { asked, parts } = this.#it
    if (landed.hit) parts.meter.hit(asked.fullKey)
    else parts.meter.miss(asked.fullKey)
    if (this.own !== undefined) return this.own.own.value
    // Each that waited gets a copy of its own: one that changes it must not change it for the others.
    return landed.body && parts.values.decode(landed.body)?.value
  }
}

/** Whether what was computed for another may be answered to one who asked since it began. */
async function isValid(fullKey: string, { tagged }: Landed, { clock }: CacheValues): Promise<boolean> {
  if (tagged === undefined) return true
  const { tags, since } = tagged
  const epoch = await clock.now()
  return (await clock.verdict({ key: fullKey, tags, since }, epoch)) === 'valid'
}
