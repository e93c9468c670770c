import { LockTimeoutError } from '../errors.js'
import type { FlightState } from '../util/flights.js'
import type { Computed } from './computations.js'
import { type Computation, compute, computedOf, type GetOrSetTarget, type OwnComputed } from './compute.js'
import type { CacheInternals } from './internals.js'
import type { Source } from './options.js'
import type { Reading } from './value-reader.js'
import type { CacheValues } from './values.js'

/**
 * Times that a caller waits for another's value and finds it purged meanwhile, before it computes
 * alone.
 */
const WAITS = 3

/** Resolves to the value of a key, or of the source, computed once for all concurrent callers. */
export async function getOrSet(
  target: GetOrSetTarget,
  source: Source<unknown>,
  internals: CacheInternals,
): Promise<unknown> {
  const { fullKey } = target
  const { values, meter } = internals
  const began = performance.now()
  for (let wait = 0; ; wait++) {
    const reading = readsItself(target) ? await values.reader.read(fullKey) : undefined
    const held = reading && serveAtOnce(reading, target, source, internals)
    if (held !== undefined) return held.value
    const caller = new Participant({ target, source, internals, isAcceptable: isFresh })
    const patience = wait < WAITS ? patienceMs(target, began) : 0
    try {
      const computed = await caller.join(patience)
      if (caller.own !== undefined || (await isValid(fullKey, computed, values)))
        return caller.valueOf(computed)
    } catch (error) {
      // A background refresh that was left to another process.
      if (error instanceof LockTimeoutError && !caller.isLeader) continue
      const old = reading && staleIfError(reading, target, values)
      if (old === undefined) {
        meter.failed(fullKey)
        throw error
      }
      if (caller.isLeader) meter.error(error, 'getOrSet')
      meter.stale(fullKey)
      return old.own.value
    }
  }
}

/**
 * Returns whether every caller reads for itself. With tags, a value that another caller read or
 * computes may have been purged before this call began; with stale values, each caller needs one to
 * fall back on. Others share a look.
 */
function readsItself({ tags, whileRevalidateMs, ifErrorMs, beta }: GetOrSetTarget): boolean {
  return tags.length > 0 || whileRevalidateMs > 0 || ifErrorMs > 0 || beta > 0
}

function isFresh(reading: Reading): boolean {
  return !reading.isStale
}

/**
 * Returns the stored value and, when it is due, starts a refresh in the background.
 *
 * @returns undefined: the caller has to wait for a new one
 */
function serveAtOnce(
  reading: Reading,
  target: GetOrSetTarget,
  source: Source<unknown>,
  internals: CacheInternals,
): { readonly value: unknown } | undefined {
  const { values, meter, random } = internals
  const until = freshUntil(reading)
  if (reading.isStale && values.now() >= until + target.whileRevalidateMs) return undefined
  if (reading.isStale && target.whileRevalidateMs === 0) return undefined
  const computed = computedOf(reading, values)
  if (computed === undefined) return undefined
  if (reading.isStale) meter.stale(target.fullKey)
  else meter.hit(target.fullKey)
  const isDue = reading.isStale || isDueEarly(reading, target, values.now(), random)
  if (isDue) refresh(reading, target, source, internals)
  return computed.own
}

/** Returns milliseconds since the epoch; infinite: never stale. */
function freshUntil({ entry, header }: Reading): number {
  return entry.expires === null ? Number.POSITIVE_INFINITY : entry.expires - (header?.staleMs ?? 0)
}

/**
 * XFetch (Vattani, Chierichetti, Lowenstein 2015): as if the clock were ahead by a random multiple
 * of the computation.
 */
function isDueEarly(reading: Reading, { beta }: GetOrSetTarget, now: number, random: () => number): boolean {
  const computeMs = reading.header?.computeMs ?? 0
  if (beta === 0 || computeMs === 0) return false
  return now - computeMs * beta * Math.log(1 - random()) >= freshUntil(reading)
}

/** Computes a new value in the background, unless that is under way already. */
function refresh(
  old: Reading,
  target: GetOrSetTarget,
  source: Source<unknown>,
  internals: CacheInternals,
): void {
  const { computations, meter, lifecycle } = internals
  if (computations.has(target.fullKey)) return
  const isAcceptable = (reading: Reading) => isFresh(reading) && reading.entry.expires !== old.entry.expires
  const it: Computation = { target, source, internals, isAcceptable }
  // Without waiting for another process that computes it already.
  const work = computations.join(target.fullKey, (flight) => compute(it, flight, 0))
  const end = work.then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof LockTimeoutError)) meter.error(error, 'refresh')
    },
  )
  lifecycle.waitFor(end)
}

/** Returns the stale value to serve after the source has failed, if it is not too old. */
function staleIfError(
  reading: Reading,
  { ifErrorMs }: GetOrSetTarget,
  values: CacheValues,
): OwnComputed | undefined {
  const mayServe = ifErrorMs > 0 && values.now() < freshUntil(reading) + ifErrorMs
  return mayServe ? computedOf(reading, values) : undefined
}

/** Returns the milliseconds that are left to wait for other callers. */
function patienceMs({ lockTimeout }: GetOrSetTarget, began: number): number {
  return lockTimeout === null ? Number.POSITIVE_INFINITY : lockTimeout * 1000 - (performance.now() - began)
}

/** One caller of a shared computation: its leader, or one that waits for the leader. */
class Participant {
  /** Result of the computation that this caller ran. */
  own: OwnComputed | undefined
  /** Whether this caller began one. */
  isLeader = false
  readonly #it: Computation

  constructor(it: Computation) {
    this.#it = it
  }

  /** Waits for a computation under way at most so many milliseconds; then computes alone. */
  async join(milliseconds: number): Promise<Computed> {
    const { target, internals } = this.#it
    const begin = async (flight: FlightState) => {
      this.isLeader = true
      this.own = await compute(this.#it, flight)
      return this.own
    }
    const joined =
      milliseconds > 0
        ? await internals.computations.joinWithin(target.fullKey, begin, milliseconds)
        : undefined
    return joined ?? begin({ fenced: false })
  }

  /** Returns the value, and counts it as a hit or a miss. */
  valueOf(computed: Computed): unknown {
    const { target, internals } = this.#it
    const { meter, values } = internals
    if (computed.hit) meter.hit(target.fullKey)
    else meter.miss(target.fullKey)
    if (this.own !== undefined) return this.own.own.value
    // A copy for each caller that waited: a change that one makes must not reach the others.
    return computed.body && values.decode(computed.body)?.value
  }
}

/** Resolves to whether another caller's value may be served to one that began to wait later. */
async function isValid(fullKey: string, { tagged }: Computed, { clock }: CacheValues): Promise<boolean> {
  if (tagged === undefined) return true
  const { tags, since } = tagged
  const epoch = await clock.now()
  return (await clock.verdict({ key: fullKey, tags, since }, epoch)) === 'valid'
}
