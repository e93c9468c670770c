import { AsyncLocalStorage } from 'node:async_hooks'
import type { HoleMarks } from '../holes/marks/hole-marks.js'
import type { ReadLog } from './read-log.js'

/** Context of a render: hears the tags and expiries of the parts of a page or fragment. */
export interface RenderContext {
  /** Adds tags of a part to all that contains it, which is invalidated with them. */
  tags(tags: readonly string[]): void
  /** Bounds the life of all that contains a part, in milliseconds since the epoch. */
  expiry(expires: number): void
  /** Marks of a page that can have holes. Parts that are collected on their own inherit them. */
  readonly marks?: HoleMarks | undefined
  /**
   * Whether the render fills a hole: its result is for one request, and no part of the page.
   * @default false
   */
  readonly hole?: boolean | undefined
  /** Inputs of the value that is being computed, where it is kept and used again. */
  readonly reads?: ReadLog | undefined
}

/** Result of `collect`. */
export interface Collected<T> {
  readonly value: T
  readonly tags: ReadonlySet<string>
  /** Earliest reported expiry, in milliseconds since the epoch; null: none. */
  readonly expires: number | null
}

// Not a field of the request: templates, helpers and data sources report without being handed it.
const storage = new AsyncLocalStorage<RenderContext>()

let reporting = false

/**
 * Announces that parts of pages may report in this process; a package that reports calls it when it
 * is loaded.
 */
export function willReport(): void {
  reporting = true
}

/** Returns whether parts may report: where none does, no request need pay for a context. */
export function mayReport(): boolean {
  return reporting
}

/**
 * Runs a function in a render context. Reports in it, and in all that it awaits, go to this context
 * only; a caller that wants the outer context to hear of them reports them again there.
 *
 * @example
 * const context = {
 *   tags: (tags) => addCacheTags(res, ...tags),
 *   expiry: (at) => shorten(res, at),
 * }
 * runInContext(context, () => next())
 */
export function runInContext<T>(context: RenderContext, fn: () => T): T {
  return storage.run(context, fn)
}

/** Adds tags to all that contains the part being rendered; does nothing outside a context. */
export function reportTags(tags: readonly string[]): void {
  if (tags.length > 0) storage.getStore()?.tags(tags)
}

/**
 * Bounds the life of all that contains the part being rendered; does nothing outside a context.
 *
 * @param expires milliseconds since the epoch; null: never, which bounds nothing
 */
export function reportExpiry(expires: number | null): void {
  if (expires !== null) storage.getStore()?.expiry(expires)
}

/** @returns the marks of the page being rendered; undefined: nothing fills holes in it */
export function currentMarks(): HoleMarks | undefined {
  return storage.getStore()?.marks
}

/**
 * Returns whether a hole is being filled: data that it reads belongs to one request, not to the
 * page.
 */
export function inHole(): boolean {
  return storage.getStore()?.hole === true
}

/** @returns reads of the value that is being computed; undefined outside of such a computation */
export function currentReads(): ReadLog | undefined {
  return storage.getStore()?.reads
}

/**
 * Runs a function whose value is kept: its reads are remembered, the rest goes where it went
 * before.
 */
export function withReads<T>(reads: ReadLog, fn: () => T): T {
  const outer = storage.getStore()
  const inner: RenderContext = {
    tags: (tags) => outer?.tags(tags),
    expiry: (expires) => outer?.expiry(expires),
    marks: outer?.marks,
    hole: outer?.hole,
    reads,
  }
  return storage.run(inner, fn)
}

const nowhere: RenderContext = { tags() {}, expiry() {} }

/** Runs a function as if no hole were being filled and no value computed. */
export function outsideHoles(fn: () => void): void {
  storage.run(nowhere, fn)
}

/** Runs a function; resolves to its value, with the tags and expiry that were reported in it. */
export async function collect<T>(fn: () => T | Promise<T>): Promise<Collected<T>> {
  const collector = new Collector()
  const value = await runInContext(collector, fn)
  return { value, tags: collector.all, expires: collector.earliest }
}

/** As `collect`, for a synchronous function. */
export function collectSync<T>(fn: () => T): Collected<T> {
  const collector = new Collector()
  const value = runInContext(collector, fn)
  return { value, tags: collector.all, expires: collector.earliest }
}

class Collector implements RenderContext {
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
