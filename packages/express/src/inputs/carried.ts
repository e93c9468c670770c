import {
  inHole,
  observeReads,
  outsideHoles,
  ReadLog,
  type ReadObserver,
  type ReadTarget,
  remembersReads,
  reportRead,
  useComputed,
  withReads,
} from '@sitecache/core'
import { type InputNotes, isWatching, notesOf } from './input-notes.js'
import { ALL_COOKIES, ALL_HEADERS } from './input-texts.js'

/** Names of what is no input by name, in a log of reads; no field name, cookie or property has one. */
export const addressRead = '\0address'
export const copyRead = '\0copy'

/** Inputs of a value that was made from a request in an unknown way: its whole visitor. */
const unknownInputs = [ALL_COOKIES, 'authorization', ALL_HEADERS] as const

/**
 * Remembers a read with the value that is being computed, by `cached()` or in a hole.
 *
 * Every watch asks this first when it is told of a read: a hole's reads are none of the page until the page uses its value.
 *
 * @param name of the input, `addressRead` or `copyRead`
 * @returns whether it is the page's own read, and not a hole's
 */
export function isPageRead(notes: InputNotes, name: string): boolean {
  return remembersReads() ? reportRead(targetOf(notes), name) : !inHole()
}

/** Lets values that are computed once a request carry their inputs. To be called when the first request is watched. */
export function carryReads(): void {
  observeReads(observer)
}

const targets = new WeakMap<InputNotes, ReadTarget>()

function targetOf(notes: InputNotes): ReadTarget {
  let target = targets.get(notes)
  if (target === undefined) {
    target = new CarriedTarget(notes)
    targets.set(notes, target)
  }
  return target
}

/** Notes reads that come with a value. */
class CarriedTarget implements ReadTarget {
  readonly #notes: InputNotes

  constructor(notes: InputNotes) {
    this.#notes = notes
  }

  note(name: string): void {
    if (name === addressRead) this.#notes.noteAddress()
    else if (name === copyRead) this.#notes.noteCopy()
    else this.#notes.note(name)
  }

  noteUnknown(): void {
    for (const name of unknownInputs) this.#notes.note(name)
  }
}

const observer: ReadObserver = {
  targetsOf: (request) => (isWatching() ? notesOf(request).map(targetOf) : undefined),
  isRequest: (object) => 'rawHeaders' in object && 'httpVersion' in object,
  runHole,
}

/**
 * Runs the function of a hole, and marks what it puts on its request before it first waits: `req.user ??= load(req)` in a
 * hole is read by the page too, and depends there on what was read for it.
 */
function runHole<T>(request: object, fn: () => T): T {
  if (notesOf(request).length === 0) return fn()
  const reads = new ReadLog()
  const before = new Set(Reflect.ownKeys(request))
  try {
    return withReads(reads, fn)
  } finally {
    for (const key of Reflect.ownKeys(request)) if (!before.has(key)) markAsRead(request, key, reads)
  }
}

/** Notes the inputs of a property when it is read outside a hole. */
function markAsRead(request: object, key: string | symbol, reads: ReadLog): void {
  const own = Object.getOwnPropertyDescriptor(request, key)
  if (own?.configurable === true && own.writable === true) watchProperty(request, key, own, reads)
  else outsideHoles(() => useComputed(request, reads))
}

function watchProperty(request: object, key: string | symbol, own: PropertyDescriptor, reads: ReadLog): void {
  let value: unknown = own.value
  let isFromHole = true
  Object.defineProperty(request, key, {
    configurable: true,
    enumerable: own.enumerable === true,
    get() {
      if (isFromHole) useComputed(request, reads)
      return value
    },
    set(replacement: unknown) {
      isFromHole &&= inHole()
      value = replacement
    },
  })
}
