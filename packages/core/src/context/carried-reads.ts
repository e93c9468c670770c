import { ReadLog, type ReadObserver, type ReadTarget } from './read-log.js'
import { currentReads, inHole, outsideHoles, withReads } from './render-context.js'

/** Result of a computation, with its inputs. */
export interface TrackedResult<R> {
  readonly result: R
  /** Undefined: the request was not watched when it was computed. */
  readonly reads: ReadLog | undefined
}

let observer: ReadObserver | undefined

/**
 * Sets the observer of this process: core knows no requests. Without one, remembering reads costs
 * nothing.
 */
export function observeReads(it: ReadObserver): void {
  observer = it
}

/**
 * Remembers a read with the value that is being computed.
 *
 * @returns whether it is the page's own read, and not a hole's
 */
export function reportRead(target: ReadTarget, name: string): boolean {
  currentReads()?.add(target, name, outsideHoles)
  return !inHole()
}

/** Whether a value is being computed that remembers its reads. */
export function remembersReads(): boolean {
  return currentReads() !== undefined
}

/** Computes a value that belongs to a request, and remembers what is read for it. */
export function computeOnce<R>(request: object, compute: () => R): TrackedResult<R> {
  if (!isSeen(request)) return { result: compute(), reads: undefined }
  const reads = new ReadLog()
  return { result: withReads(reads, compute), reads }
}

/** Whether reads of this object, or through it, are being noted. */
function isSeen(request: object): boolean {
  const targets = observer?.targetsOf(request)
  return targets !== undefined && (targets.length > 0 || observer?.isRequest(request) === false)
}

/**
 * Notes the inputs of a value where it is used: in a computation, or by the page; not in a hole.
 */
export function useComputed(request: object, reads: ReadLog | undefined): void {
  if (observer === undefined) return
  const outer = currentReads()
  if (reads !== undefined) outer?.include(reads, outsideHoles)
  const targets = observer.targetsOf(request) ?? []
  const isUnknown = reads === undefined && targets.length > 0
  if (isUnknown) outer?.includeUnknown()
  if (inHole()) return
  if (isUnknown) for (const target of targets) target.noteUnknown()
  else reads?.useBy(targets)
}

/** Runs the function of a hole: what it leaves on its request carries what it read. */
export function runHole<T>(request: unknown, fn: () => T): T {
  if (observer === undefined || typeof request !== 'object' || request === null) return fn()
  return observer.runHole(request, fn)
}
