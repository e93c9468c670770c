import { ALL_LOCALS, localsInput } from '@sitecache/http'
import { languagesOf } from './language-helpers.js'
import { type ReadListener, ReadsPart, type RequestReads, readsOfResponse } from './request-reads.js'
import { watchedObject } from './watched-object.js'

type Locals = Record<string | symbol, unknown>

/** Watches `res.locals` by name, absent names too. */
export class WatchedLocals implements ProxyHandler<Locals> {
  readonly #reads: RequestReads
  /** Number of watches that had begun when a name was last set; 0: before the first. */
  readonly #written = new Map<string, number>()
  /** Locals as each watch found them. */
  readonly #found: (Locals | undefined)[] = []
  /** Names that a package which reads in vain puts there, with the package. */
  readonly #expected = new Map<string, string>()
  #target: Locals
  #proxy: Locals

  constructor(reads: RequestReads, target: Locals) {
    this.#reads = reads
    this.#target = target
    this.#proxy = watchedObject(target, this)
  }

  get shown(): Locals {
    return this.#proxy
  }

  /** The locals themselves, for a read of all that is none of the page. */
  get raw(): Locals {
    return this.#target
  }

  /** Notes a look at one of them that a template takes. */
  noteName(name: string): void {
    this.#note(this.#target, name)
  }

  /** Notes a look at all of them. */
  noteAll(): void {
    if (this.#reads.silent) return
    this.#reads.noteUses('locals:')
    for (const watch of this.#reads.watches) {
      watch.noteField(ALL_LOCALS)
      for (const reader of this.#expected.values()) watch.notePut(reader)
    }
  }

  /** The application puts another object in place of all locals. */
  replace(value: Locals): void {
    if (value === this.#proxy) return
    this.#keepAll()
    const names = new Set([...Object.keys(this.#target), ...Object.keys(value)])
    for (const name of names) this.#written.set(name, this.#reads.stage)
    this.#target = value
    this.#proxy = watchedObject(value, this)
  }

  /** A package is about to put these names there. */
  expect(reader: string, names: readonly string[]): void {
    for (const name of names) this.#expected.set(name, reader)
  }

  /** Value of a local as the watch of this stage found it. */
  valueAt(stage: number, name: string): unknown {
    return localAt(this.#found[stage] ?? this.#target, name)
  }

  /** All locals as the watch of this stage found them. */
  allAt(stage: number): Readonly<Locals> {
    return this.#found[stage] ?? this.#target
  }

  get(target: Locals, key: string | symbol): unknown {
    if (typeof key === 'string') this.#note(target, key)
    return Reflect.get(target, key)
  }

  has(target: Locals, key: string | symbol): boolean {
    if (typeof key === 'string') this.#note(target, key)
    return Reflect.has(target, key)
  }

  getOwnPropertyDescriptor(target: Locals, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === 'string') this.#note(target, key)
    return Reflect.getOwnPropertyDescriptor(target, key)
  }

  ownKeys(target: Locals): (string | symbol)[] {
    this.noteAll()
    return Reflect.ownKeys(target)
  }

  set(target: Locals, key: string | symbol, value: unknown): boolean {
    this.#keep(key)
    return Reflect.set(target, key, value)
  }

  defineProperty(target: Locals, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.#keep(key)
    return Reflect.defineProperty(target, key, descriptor)
  }

  deleteProperty(target: Locals, key: string | symbol): boolean {
    this.#keep(key)
    return Reflect.deleteProperty(target, key)
  }

  /** Keeps what the watches found before a name changes. */
  #keep(key: string | symbol): void {
    if (typeof key === 'string') this.#reads.notePut(localsInput(key))
    if (typeof key !== 'string' || this.#written.get(key) === this.#reads.stage) return
    this.#keepAll()
    this.#written.set(key, this.#reads.stage)
  }

  #keepAll(): void {
    if (this.#found[this.#reads.stage] !== undefined) return
    // With their getters as they are: nothing is evaluated that nobody reads.
    const own = Object.getOwnPropertyDescriptors(this.#target)
    const found = Object.create(Object.getPrototypeOf(this.#target), own) as Locals
    for (let stage = 1; stage <= this.#reads.stage; stage += 1) this.#found[stage] ??= found
  }

  #note(target: Locals, key: string): void {
    const reads = this.#reads
    if (reads.silent || (key in Object.prototype && !Object.hasOwn(target, key))) return
    reads.noteUse(localsInput(key))
    const written = this.#written.get(key) ?? 0
    const reader = this.#expected.get(key)
    for (const watch of reads.watches) {
      if (written >= watch.stage) noteExpected(watch, reader)
      else for (const name of namesOf(target, key)) watch.noteField(localsInput(name))
    }
  }
}

/** Value of a local, also where an application has locals inherit (a tenant's defaults). */
export function localAt(locals: object, name: string): unknown {
  return name in Object.prototype && !Object.hasOwn(locals, name) ? undefined : Reflect.get(locals, name)
}

/** Helpers are the same for all but where they translate; closures are not looked into. */
function namesOf(target: Locals, key: string): readonly string[] {
  const languages = languagesOf(key, target)
  if (languages !== undefined) return languages
  const value: unknown = Object.getOwnPropertyDescriptor(target, key)?.value
  return typeof value === 'function' ? [] : [key]
}

function noteExpected(watch: ReadListener, reader: string | undefined): void {
  if (reader !== undefined) watch.notePut(reader)
}

const localsProperty: PropertyDescriptor & ThisType<object> = {
  configurable: true,
  enumerable: true,
  get() {
    return localsPart.of(readsOfResponse(this))?.shown
  },
  set(value: unknown) {
    const locals = localsPart.of(readsOfResponse(this))
    if (locals !== undefined && typeof value === 'object' && value !== null) locals.replace(value as Locals)
    else
      Object.defineProperty(this, 'locals', { value, writable: true, configurable: true, enumerable: true })
  },
}

/** Puts the watch in place of `res.locals`, once a request. */
export function watchLocals(reads: RequestReads): void {
  if (localsPart.of(reads) !== undefined) return
  const own = Object.getOwnPropertyDescriptor(reads.res, 'locals')
  const value: unknown = own?.value
  if (own?.configurable !== true || typeof value !== 'object' || value === null) return
  localsPart.set(reads, new WatchedLocals(reads, value as Locals))
  Object.defineProperty(reads.res, 'locals', localsProperty)
}

/** Watched locals of a response, once they are. */
export const localsPart = new ReadsPart<WatchedLocals>()
