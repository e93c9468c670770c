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
} from '@sitecache/core/internal'
import { activeReads, type ReadListener, readsOf } from './request-reads.js'
import { unknownProvenance } from './whole-request.js'

/** How a read is told to a watch: by which method of `ReadListener`. */
export type ReadKind = 'input' | 'field' | 'put' | 'address' | 'copy'

/**
 * Remembers a read with the value that is being computed, by `cached()` or in a hole.
 *
 * Each watch asks this first when it is told of a read: a hole's reads are none of the page until
 * it uses the value.
 *
 * @returns whether it is the page's own read, and not a hole's
 */
export function isPageRead(watch: ReadListener, kind: ReadKind, name = ''): boolean {
  return remembersReads() ? reportRead(targetOf(watch), `${kind} ${name}`) : !inHole()
}

/**
 * Lets values that are computed once a request carry their inputs. To be called when a request is
 * watched.
 */
export function carryReads(): void {
  observeReads(observer)
}

const targets = new WeakMap<ReadListener, ReadTarget>()

function targetOf(watch: ReadListener): ReadTarget {
  let target = targets.get(watch)
  if (target === undefined) {
    target = new CarriedReads(watch)
    targets.set(watch, target)
  }
  return target
}

/** Tells a watch of reads that come with a value. */
class CarriedReads implements ReadTarget {
  readonly #watch: ReadListener

  constructor(watch: ReadListener) {
    this.#watch = watch
  }

  note(text: string): void {
    const space = text.indexOf(' ')
    const name = text.slice(space + 1)
    tellAgain[text.slice(0, space) as ReadKind](this.#watch, name)
  }

  noteUnknown(): void {
    for (const name of unknownProvenance) this.#watch.note(name)
  }
}

/** Tells a watch of each kind of read. */
const tellAgain: Readonly<Record<ReadKind, (watch: ReadListener, name: string) => void>> = {
  input: (watch, name) => watch.note(name),
  field: (watch, name) => watch.noteField(name),
  put: (watch, text) => {
    // The package, then what was read, where that is known.
    const [reader = '', ...name] = text.split(' ')
    if (name.length === 0) watch.notePut(reader)
    else watch.notePut(reader, name.join(' '))
  },
  address: (watch) => watch.noteAddress(),
  copy: (watch) => watch.noteCopy(),
}

function targetsOf(request: object): readonly ReadTarget[] {
  return readsOf(request)?.watches.map(targetOf) ?? []
}

const observer: ReadObserver = {
  targetsOf: (request) => (activeReads.size > 0 ? targetsOf(request) : undefined),
  isRequest: (object) => 'rawHeaders' in object && 'httpVersion' in object,
  runHole,
}

/**
 * Runs the function of a hole, and marks what it puts on its request before it first waits:
 * `req.user ??= load(req)` in a hole is read by the page too, and depends there on what was read
 * for it.
 */
function runHole<T>(request: object, fn: () => T): T {
  if (targetsOf(request).length === 0) return fn()
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
