import { LockTimeoutError } from '../errors.js'
import type { LockHold } from '../locks/locks.js'
import type { FlightState } from '../util/flights.js'
import type { Computed } from './computations.js'
import type { CacheInternals } from './internals.js'
import type { Source } from './options.js'
import type { StaleOptions } from './stale-options.js'
import { seal } from './value-header.js'
import type { Reading } from './value-reader.js'
import { type CacheValues, type FoundValue, isNothing, type Target } from './values.js'

/** The key of a `getOrSet`, with all of its options. */
export interface GetOrSetTarget extends Target, StaleOptions {}

/** Result of a computation, or of a look at the store, for the caller that ran it. */
export interface OwnComputed extends Computed {
  readonly own: FoundValue
}

/** One computation of a value. */
export interface Computation {
  readonly target: GetOrSetTarget
  readonly source: Source<unknown>
  readonly internals: CacheInternals
  /** Returns whether a value that is there makes the computation needless. */
  readonly isAcceptable: (reading: Reading) => boolean
}

/** The part of a lock that a computation looks at. */
type Hold = Pick<LockHold, 'isHeld'>

/** Without a lock the last to store wins. */
const UNLOCKED: Hold = { isHeld: true }
/** After waiting in vain for the lock: another process may store first. */
const NOT_HELD: Hold = { isHeld: false }

/**
 * Looks once more, then computes and stores; with the option `lock`, in one process at a time.
 *
 * @param patience seconds to wait for another process; null: without end
 * @throws LockTimeoutError when another process holds the lock and `patience` is less than
 * `lockTimeout`.
 */
export async function compute(
  it: Computation,
  flight: FlightState,
  patience: number | null = it.target.lockTimeout,
): Promise<OwnComputed> {
  if (!it.target.lock) return attempt(it, flight, UNLOCKED)
  const there = await look(it)
  if (there !== undefined) return there
  let began = false
  const run = (hold: LockHold) => {
    began = true
    return attempt(it, flight, hold)
  }
  try {
    // Not the key that `lock` uses: the application may compute this very value under a lock of
    // that name.
    const lockKey = `fill ${it.target.fullKey}`
    return await it.internals.locks.run(lockKey, run, { patience, glance: () => look(it) })
  } catch (error) {
    const isBusy = error instanceof LockTimeoutError && !began
    if (!isBusy || patience !== it.target.lockTimeout) throw error
    return attempt(it, flight, NOT_HELD)
  }
}

/** @returns undefined: what was read can't be decoded */
export function computedOf(reading: Reading, values: CacheValues): OwnComputed | undefined {
  const own = values.decode(reading.body)
  const { body, header } = reading
  return own && { body, hit: true, tagged: header?.hasTags === true ? header : undefined, own }
}

/** @returns undefined: nothing is there that is acceptable */
async function look({ target, internals, isAcceptable }: Computation): Promise<OwnComputed | undefined> {
  const { values } = internals
  const reading = await values.reader.read(target.fullKey)
  return reading === undefined || !isAcceptable(reading) ? undefined : computedOf(reading, values)
}

async function attempt(it: Computation, flight: FlightState, hold: Hold): Promise<OwnComputed> {
  const { target, source, internals } = it
  const { values } = internals
  const { fullKey, tags, timeout } = target
  const staleMs = timeout === null ? 0 : Math.max(target.whileRevalidateMs, target.ifErrorMs)
  // The epoch from before the computation: a purge while it runs makes its value invalid.
  const [there, since] = await Promise.all([look(it), keepTags(target, values, staleMs)])
  if (there !== undefined) return there
  const started = values.now()
  const began = performance.now()
  const own = { value: await (typeof source === 'function' ? source() : source) }
  internals.meter.computed(fullKey, performance.now() - began)
  const computed = { hit: false, tagged: tags.length === 0 ? undefined : { tags, since }, own }
  if (own.value === undefined) return { ...computed, body: undefined }
  const body = values.encode(own.value)
  // Written or cleared while it was computed: the store has a newer value.
  if (flight.fenced || isNothing(timeout)) return { ...computed, body }
  // Without the lock another process may have stored a newer value.
  if (!hold.isHeld && (await look(it)) !== undefined) return { ...computed, body }
  const computeMs = Math.max(0, values.now() - started)
  const isPlain = tags.length === 0 && staleMs === 0 && (target.beta === 0 || timeout === null)
  const header = isPlain ? undefined : { tags, since, staleMs, computeMs }
  await values.put(fullKey, seal(body, header), storedSeconds(target, staleMs, internals.random))
  return { ...computed, body }
}

/** Resolves to the epoch of the tags; 0: there are no tags. */
async function keepTags(
  { tags, timeout }: GetOrSetTarget,
  values: CacheValues,
  staleMs: number,
): Promise<number> {
  if (tags.length === 0 || isNothing(timeout)) return 0
  values.clock.inUse = true
  const expires = values.expiry(timeout)
  return values.clock.keep(tags, expires === null ? null : expires + staleMs)
}

/** Returns the seconds for which the store keeps a value, fresh and stale; null: for ever. */
function storedSeconds(
  { timeout, jitter }: GetOrSetTarget,
  staleMs: number,
  random: () => number,
): number | null {
  if (timeout === null) return null
  return timeout * (jitter === 0 ? 1 : 1 - jitter * random()) + staleMs / 1000
}
