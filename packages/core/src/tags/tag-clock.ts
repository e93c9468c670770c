import { createHash } from 'node:crypto'
import { StoreError } from '../errors.js'
import type { Meter } from '../meter.js'
import type { Pending } from '../pending.js'
import type { Entry, Store } from '../store.js'
import { bytesOf, type StoredValue } from '../stored-value.js'
import { checkTags } from './check-tags.js'

/** What was stored with tags, and when by the clock of its cache. */
export interface Tagged {
  /** Its full key. */
  readonly key: string
  readonly tags: readonly string[]
  /** What `now()` was before it began to be made. */
  readonly since: number
}

/** Whether something is out of date: 'stale' after a soft invalidation. */
export type TagVerdict = 'valid' | 'stale' | 'invalid'

/** How tags are invalidated. */
export interface TagOptions {
  /** Makes stale what has the tags, instead of dropping it. @default false */
  readonly soft?: boolean
}

const [MAX_VERIFIED, MAX_KEYS] = [10_000, 1000]

/**
 * Tags, by a clock that ticks at each invalidation and is kept in the cache's own store: what was stored with a tag is out of date if that
 * tag was invalidated at a tick after the one at which it began to be made. No clock of a machine decides, and no entry is touched, so that
 * an invalidation costs the same whatever the number of entries, and what is being made meanwhile is out of date too.
 *
 * An invalidation ticks, writes the tick under each of its tags, and ticks again: who has looked between, and seen the tags as they were,
 * looks again. While the clock stands still, what was looked at needs no second look.
 */
export class TagClock {
  /** Full key of the clock: to be read with what is asked for, so that it costs no round trip of its own. */
  readonly epochKey: string
  readonly #store: Store
  readonly #keyOf: (name: string) => string
  readonly #meter: Meter
  readonly #pending: Pending
  readonly #now: () => number
  /** What was looked at, by full key: at which tick, with what result. */
  readonly #verified = new Map<string, { since: number; epoch: number; verdict: TagVerdict }>()

  /** Made by a cache. @param keyOf makes full keys */
  constructor(
    store: Store,
    keyOf: (name: string) => string,
    meter: Meter,
    pending: Pending,
    now: () => number,
  ) {
    this.#store = store
    this.#keyOf = keyOf
    this.#meter = meter
    this.#pending = pending
    this.#now = now
    this.epochKey = keyOf('sitecache:clock')
  }

  /** The clock, as its entry shows it; 0: it has never been used, or was lost. */
  epochOf(entry: Entry | undefined): number {
    return entry === undefined ? 0 : tickOf(entry.value)
  }

  /** The clock; one that isn't there begins. Never rejects: 0 when the store failed. */
  now(): number | Promise<number> {
    const { sync } = this.#store
    if (sync === undefined) return this.#begin().catch((error: unknown) => this.#fail(error, 0))
    const entry = sync.get(this.epochKey)
    if (entry !== undefined) return tickOf(entry.value)
    const tick = this.#first()
    sync.set(this.epochKey, bytes(tick), null)
    return tick
  }

  /**
   * Is something out of date? Never rejects: 'invalid' when the store failed.
   *
   * @param epoch the clock as it was read with it
   */
  verdict(it: Tagged, epoch: number): TagVerdict | Promise<TagVerdict> {
    if (epoch === it.since) return 'valid'
    const known = this.#verified.get(it.key)
    if (known !== undefined && known.since === it.since && known.epoch === epoch) return known.verdict
    const { sync } = this.#store
    const names = it.tags.flatMap((tag) => [this.#tagKey(tag, 'hard'), this.#tagKey(tag, 'soft')])
    if (sync !== undefined)
      return this.#note(
        it,
        epoch,
        verdictOf(
          it,
          names.map((name) => sync.get(name)),
        ),
      )
    return this.#read(names).then(
      (entries) => this.#note(it, epoch, verdictOf(it, entries)),
      (error: unknown) => this.#fail(error, 'invalid' as const),
    )
  }

  /**
   * Makes everything that has one of these tags out of date, in every process that shares the store.
   *
   * @throws ValueError for what is no tag; StoreError when the store couldn't be told, which is an 'error' event too
   */
  async invalidate(tags: readonly string[], { soft = false }: TagOptions = {}): Promise<void> {
    const checked = checkTags(tags, 'invalidateTags')
    if (checked.length === 0) return
    try {
      await this.#pending.track(this.#invalidate(checked, soft ? 'soft' : 'hard'))
    } catch (error) {
      this.#fail(error, undefined)
      const reason = error instanceof Error ? error.message : 'unknown error'
      throw new StoreError(`invalidateTags failed, and what has the tags may still be served: ${reason}`, {
        cause: error,
      })
    }
  }

  async #invalidate(tags: readonly string[], kind: 'hard' | 'soft'): Promise<void> {
    const tick = await this.#tick(1)
    const keys = tags.map((tag) => this.#tagKey(tag, kind))
    const known = await this.#read(keys)
    const raised = await Promise.all(keys.map((key, i) => this.#raise(key, known[i], tick)))
    // Past every tag: what is made from now on is newer than all of them.
    await this.#tick(Math.max(...raised) - tick + 1)
  }

  /**
   * Raises a tag's tick, and never lowers it, whoever else does so at the same time: two that add to the same value come out higher than
   * either, which makes more out of date than was asked for, and never less. Kept for ever: a tag that was forgotten before what has it
   * would bring that back.
   */
  async #raise(key: string, known: Entry | undefined, tick: number): Promise<number> {
    if (known === undefined) {
      if (await this.#store.add(key, bytes(tick), null)) return tick
      return this.#raise(key, (await this.#store.get(key)) ?? { value: bytes(0), expires: null }, tick)
    }
    const current = tickOf(known.value)
    if (current === UNREADABLE) {
      await this.#store.set(key, bytes(tick), null)
      return tick
    }
    if (current >= tick) return current
    const raised = await this.#store.incr(key, tick - current)
    if (raised !== undefined) return raised
    await this.#store.set(key, bytes(tick), null)
    return tick
  }

  async #tick(by: number): Promise<number> {
    const tick = await this.#store.incr(this.epochKey, by)
    if (tick !== undefined) return tick
    await this.#store.add(this.epochKey, bytes(this.#first()), null)
    const begun = await this.#store.incr(this.epochKey, by)
    if (begun === undefined) throw new Error('the clock of the tags was lost at once')
    return begun
  }

  async #begin(): Promise<number> {
    const entry = await this.#store.get(this.epochKey)
    if (entry !== undefined) return tickOf(entry.value)
    await this.#store.add(this.epochKey, bytes(this.#first()), null)
    return this.epochOf(await this.#store.get(this.epochKey))
  }

  /** Behind all ticks that there have been: a clock that was lost doesn't go back when it begins anew. */
  #first(): number {
    return this.#now() * 1000
  }

  async #read(names: readonly string[]): Promise<(Entry | undefined)[]> {
    const found = new Map<string, Entry>()
    for (let i = 0; i < names.length; i += MAX_KEYS) {
      const part = await this.#store.getMany(names.slice(i, i + MAX_KEYS))
      for (const [name, entry] of part) found.set(name, entry)
    }
    return names.map((name) => found.get(name))
  }

  #note({ key, since }: Tagged, epoch: number, verdict: TagVerdict): TagVerdict {
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear()
    this.#verified.set(key, { since, epoch, verdict })
    return verdict
  }

  /** A digest: whatever a tag holds, every store takes the key. */
  #tagKey(tag: string, kind: 'hard' | 'soft'): string {
    return this.#keyOf(`sitecache:tag:${kind}:${createHash('sha256').update(tag).digest('base64url')}`)
  }

  #fail<T>(error: unknown, answer: T): T {
    this.#meter.error(error, 'tags')
    return answer
  }
}

function bytes(tick: number): Buffer {
  return Buffer.from(String(tick), 'latin1')
}

/** What can't be read is later than everything: what has the tag is out of date, which is safe. */
const UNREADABLE = Number.MAX_SAFE_INTEGER

function tickOf(value: StoredValue): number {
  const text = Buffer.from(bytesOf(value)).toString('latin1')
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : Number.MAX_SAFE_INTEGER
}

/** @param entries of each tag, hard and then soft */
function verdictOf({ since }: Tagged, entries: readonly (Entry | undefined)[]): TagVerdict {
  let verdict: TagVerdict = 'valid'
  for (const [i, entry] of entries.entries()) {
    if (entry === undefined || tickOf(entry.value) <= since) continue
    if (i % 2 === 0) return 'invalid'
    verdict = 'stale'
  }
  return verdict
}
