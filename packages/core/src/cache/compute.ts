import { LockTimeoutError } from '../errors.js'
import type { LockHold } from '../locks/locks.js'
import type { Landed } from '../util/flights.js'
import type { Parts } from './internals.js'
import type { Source } from './options.js'
import type { Reuse } from './stale-options.js'
import { seal } from './value-header.js'
import type { Reading } from './value-reader.js'
import { type CacheValues, type Found, isNothing, type Wanted } from './values.js'

/** A key that `getOrSet` is asked for, and everything that it was asked with. */
export interface Asked extends Wanted, Reuse {}

/** What a computation, or a look, brings its caller. */
export interface Landing extends Landed {
  readonly own: Found
}

/** One computation: what of, by which source, and what counts as there already. */
export interface Computation {
  readonly asked: Asked
  readonly source: Source<unknown>
  readonly parts: Parts
  readonly isEnough: (reading: Reading) => boolean
}

/** What a computation needs to know of the lock that it runs under. */
type Hold = Pick<LockHold, 'isHeld'>

/** Without a lock whoever stores last has the last word. */
const alone: Hold = { isHeld: true }
/** Of one that has not waited longer for the lock. */
const amongOthers: Hold = { isHeld: false }

/** Looks once more, then computes and stores; where that is asked for, one process at a time. */
export async function compute(
  it: Computation,
  flight: { readonly fenced: boolean },
  /** @param patience seconds to wait for another process; null: without end */
  patience: number | null = it.asked.lockTimeout,
): Promise<Landing> {
  if (!it.asked.lock) return attempt(it, flight, alone)
  const there = await look(it)
  if (there !== undefined) return there
  const glance = () => look(it)
  let began = false
  const run = (hold: LockHold) => {
    began = true
    return attempt(it, flight, hold)
  }
  try {
    // Not the name under which the application locks: it may compute this very key under its own lock.
    return await it.parts.locks.run(`fill ${it.asked.fullKey}`, run, {
      patience,
      glance,
    })
  } catch (error) {
    const isBusy = error instanceof LockTimeoutError && !began
    if (!isBusy || patience !== it.asked.lockTimeout) throw error
    return attempt(it, flight, amongOthers)
  }
}

async function look({ asked, parts, isEnough }: Computation): Promise<Landing | undefined> {
  const reading = await parts.values.reader.read(asked.fullKey)
  return reading === undefined || !isEnough(reading) ? undefined : landingOf(reading, parts.values)
}

/** Undefined: what was read can't be decoded. */
export function landingOf(reading: Reading, values: CacheValues): Landing | undefined {
  const own = values.decode(reading.body)
  const { body, header } = reading
  return own && { body, hit: true, tagged: header?.hasTags === true ? header : undefined, own }
}

async function attempt(it: Computation, flight: { readonly fenced: boolean }, hold: Hold): Promise<Landing> {
  const { asked, source, parts } = it
  const { values } = parts
  const { fullKey, tags, timeout } = asked
  const staleMs = timeout === null ? 0 : Math.max(asked.whileRevalidateMs, asked.ifErrorMs)
  // Before the computation: a purge while it runs makes its value void.
  const [there, since] = await Promise.all([look(it), begin(asked, values, staleMs)])
  if (there !== undefined) return there
  const started = values.now()
  const own = { value: await (typeof source === 'function' ? source() : source) }
  const landed = { hit: false, tagged: tags.length === 0 ? undefined : { tags, since }, own }
  if (own.value === undefined) return { ...landed, body: undefined }
  const body = values.encode(own.value)
  // Written or cleared while it was computed: what is there is newer.
  if (flight.fenced || isNothing(timeout)) return { ...landed, body }
  // Who has lost the lock may come late: what another has stored since is newer.
  if (!hold.isHeld && (await look(it)) !== undefined) return { ...landed, body }
  const computeMs = Math.max(0, values.now() - started)
  const isPlain = tags.length === 0 && staleMs === 0 && (asked.beta === 0 || timeout === null)
  const header = isPlain ? undefined : { tags, since, staleMs, computeMs }
  await values.put(fullKey, seal(body, header), lifetimeOf(asked, staleMs, parts.random))
  return { ...landed, body }
}

/** The epoch; 0: there are no tags. */
async function begin({ tags, timeout }: Asked, values: CacheValues, staleMs: number): Promise<number> {
  if (tags.length === 0 || isNothing(timeout)) return 0
  values.clock.inUse = true
  const expires = values.expiry(timeout)
  return values.clock.keep(tags, expires === null ? null : expires + staleMs)
}

/** Seconds for which the store keeps a value, fresh and stale; null: for ever. */
function lifetimeOf({ timeout, jitter }: Asked, staleMs: number, random: () => number): number | null {
  if (timeout === null) return null
  return timeout * (jitter === 0 ? 1 : 1 - jitter * random()) + staleMs / 1000
}
