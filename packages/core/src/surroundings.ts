import { AsyncLocalStorage } from 'node:async_hooks'
import type { ReadLog } from './context/read-log.js'
import type { HoleMarks } from './holes/hole-marks.js'

/** Told of what the parts of a page, or of a fragment, depend on while it is rendered. */
export interface Surroundings {
  /** A part carries these tags: when one is invalidated, so must be what contains the part. */
  tags(tags: readonly string[]): void
  /** A part asks that nothing which contains it outlives this time, in milliseconds since the epoch. */
  expiry(expires: number): void
  /** Where the page can have holes: its marks. Parts that are collected on their own inherit them. */
  readonly marks?: HoleMarks | undefined
  /** What is rendered fills a hole: for one request, and no part of the page around it. @default false */
  readonly hole?: boolean | undefined
  /** Inputs of the value that is being computed, where it is kept and used again. */
  readonly reads?: ReadLog | undefined
}

/** What `collect` answers. */
export interface Collected<T> {
  readonly value: T
  readonly tags: ReadonlySet<string>
  /** The earliest that was reported, in milliseconds since the epoch; null: none was. */
  readonly expires: number | null
}

// Not a field of the request: templates, helpers and data sources report without being handed it.
const storage = new AsyncLocalStorage<Surroundings>()

let reporting = false

/** Says that parts of pages may report in this process: a package that does so calls it when it is loaded. */
export function willReport(): void {
  reporting = true
}

/** Is it worth listening? Where no part ever reports, no request need pay for the surroundings. */
export function mayReport(): boolean {
  return reporting
}

/**
 * Runs a function; what is reported in it, and in what it awaits, goes to these surroundings and no further. Who wants
 * the surroundings outside to know reports it again there.
 *
 * @example
 * surround({ tags: (tags) => addCacheTags(res, ...tags), expiry: (at) => shorten(res, at) }, () => next())
 */
export function surround<T>(surroundings: Surroundings, fn: () => T): T {
  return storage.run(surroundings, fn)
}

/** Tells what contains the part that is being rendered of its tags; nothing happens where nobody listens. */
export function reportTags(tags: readonly string[]): void {
  if (tags.length > 0) storage.getStore()?.tags(tags)
}

/**
 * Asks that what contains the part that is being rendered does not outlive it; nothing happens where nobody listens.
 *
 * @param expires milliseconds since the epoch; null: for ever, which asks nothing
 */
export function reportExpiry(expires: number | null): void {
  if (expires !== null) storage.getStore()?.expiry(expires)
}

/** The marks of the page that is being rendered; undefined: nothing fills holes in it. */
export function currentMarks(): HoleMarks | undefined {
  return storage.getStore()?.marks
}

/** Is it a hole that is being filled? What it looks at belongs to one request, and says nothing of the page. */
export function inHole(): boolean {
  return storage.getStore()?.hole === true
}

/** Inputs of the value that is being computed; undefined: none is that is used again. */
export function currentReads(): ReadLog | undefined {
  return storage.getStore()?.reads
}

/** Runs a function whose value is kept: its reads are remembered, the rest goes where it went before. */
export function withReads<T>(reads: ReadLog, fn: () => T): T {
  const outer = storage.getStore()
  const inner: Surroundings = {
    tags: (tags) => outer?.tags(tags),
    expiry: (expires) => outer?.expiry(expires),
    marks: outer?.marks,
    hole: outer?.hole,
    reads,
  }
  return storage.run(inner, fn)
}

const nowhere: Surroundings = { tags() {}, expiry() {} }

/** Runs a function as if no hole were being filled and no value computed. */
export function outsideHoles(fn: () => void): void {
  storage.run(nowhere, fn)
}

/** Runs a function and answers its value with what was reported in it. */
export async function collect<T>(fn: () => T | Promise<T>): Promise<Collected<T>> {
  const collector = new Collector()
  const value = await surround(collector, fn)
  return { value, tags: collector.all, expires: collector.earliest }
}

/** As `collect`, of a function that waits for nothing. */
export function collectSync<T>(fn: () => T): Collected<T> {
  const collector = new Collector()
  const value = surround(collector, fn)
  return { value, tags: collector.all, expires: collector.earliest }
}

class Collector implements Surroundings {
  readonly marks = currentMarks()
  readonly hole = inHole()
  readonly reads = currentReads()
  readonly all = new Set<string>()
  earliest: number | null = null

  tags(tags: readonly string[]): void {
    for (const tag of tags) this.all.add(tag)
  }

  expiry(expires: number): void {
    this.earliest = this.earliest === null ? expires : Math.min(this.earliest, expires)
  }
}
