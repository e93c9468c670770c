import type { HeaderMap } from '@sitecache/http'

/** Notes what a page depends on, while it is made. */
export interface InputNotes {
  /** An input was read. @param name as a vary record stores it: `accept-language`, `cookie:theme`, `locals:cart` */
  note(name: string): void
  /** The client's address or certificate was read: such a page is not kept. */
  noteAddress(): void
  /** All headers were copied where reads by name can't be seen any more. */
  noteCopy(): void
  /** Headers of the request, as they were at its look-up. */
  readonly headers: HeaderMap
}

const ofRequest = new WeakMap<object, readonly InputNotes[]>()
const active = new Set<InputNotes>()
const listeners: ((notes: InputNotes) => void)[] = []
const none: readonly InputNotes[] = []

/** Adds a watch of a request; several layers may watch one. */
export function startNotes(request: object, notes: InputNotes): void {
  active.add(notes)
  ofRequest.set(request, [...notesOf(request), notes])
}

/** Removes a watch: nothing of it is held afterwards. */
export function stopNotes(request: object, notes: InputNotes): void {
  if (!active.delete(notes)) return
  const others = notesOf(request).filter((other) => other !== notes)
  if (others.length > 0) ofRequest.set(request, others)
  else ofRequest.delete(request)
  for (const stopped of listeners) stopped(notes)
}

/** Calls a function whenever a watch has stopped. */
export function onStop(stopped: (notes: InputNotes) => void): void {
  listeners.push(stopped)
}

/** Watches of a request that are active. */
export function notesOf(request: object): readonly InputNotes[] {
  return ofRequest.get(request) ?? none
}

/** Is any request watched at the moment? */
export function isWatching(): boolean {
  return active.size > 0
}

let depth = 0

/** Runs a function whose own reads are no inputs: an accessor of Express, learned by its result. */
export function withoutNotes<T>(fn: () => T): T {
  depth += 1
  try {
    return fn()
  } finally {
    depth -= 1
  }
}

/** Are reads no inputs at the moment? */
export function isSuppressed(): boolean {
  return depth > 0
}
