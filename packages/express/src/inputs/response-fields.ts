import type { ServerResponse } from 'node:http'
import { resInput } from '@sitecache/http'
import { sampleExchange } from '../node/sample-exchange.js'
import { isSameList } from './own-keys.js'
import { ReadsPart, type RequestReads, readsOfResponse } from './request-reads.js'

/** Properties that Node and Express give each response, and packages that note how it goes out. */
const builtIn: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(sampleExchange().res),
  ...['app', 'connection', 'locals', 'req', 'socket', 'statusCode', 'statusMessage'],
  ...[
    '__onFinished',
    '_expect_continue',
    '_maxRequestsPerSocket',
    '_sent100',
    'destroyed',
    'errored',
    'writable',
  ],
  'maxRequestsOnConnectionReached',
])

/** Applications use a few names; invented ones must not grow this. */
const MAX_NAMES = 100

/**
 * Names of what middlewares have put on a response of this process. To list the properties of each
 * response takes a microsecond.
 */
const seen = new Set<string>()

/** A property of the response that is watched. */
interface Field {
  value: unknown
  /** Number of watches that had begun when its value was put there. */
  since: number
}

/** Watches what middlewares have left on a response: `res.user = …`. */
export class ResponseFields {
  readonly #reads: RequestReads
  readonly #fields = new Map<string, Field>()
  readonly #unwatched = new Set<string>()

  constructor(reads: RequestReads) {
    this.#reads = reads
  }

  /** Properties that can't be watched, since a middleware made them final. */
  get unwatched(): Iterable<string> {
    return this.#unwatched
  }

  /** Watches each property that is there now and wasn't before. */
  watchAll(): void {
    const { res, stage } = this.#reads
    for (const name of namesOn(res)) {
      const own = Object.getOwnPropertyDescriptor(res, name)
      if (own === undefined || !isData(own)) continue
      if (own.configurable !== true) {
        this.#unwatched.add(name)
        continue
      }
      this.#fields.set(name, { value: own.value, since: stage - 1 })
      Object.defineProperty(res, name, accessorOf(name))
    }
  }

  /** Value of a property as the watch of this stage found it; undefined: it was not there. */
  valueAt(stage: number, name: string): unknown {
    if (this.#unwatched.has(name)) return Reflect.get(this.#reads.res, name)
    const field = this.#fields.get(name)
    return field === undefined || field.since >= stage ? undefined : field.value
  }

  read(name: string): unknown {
    const field = this.#fields.get(name)
    if (field === undefined) return undefined
    if (!this.#reads.silent) this.#note(field, name)
    return field.value
  }

  write(name: string, value: unknown): void {
    const field = this.#fields.get(name)
    if (field === undefined) return
    for (const watch of this.#reads.watches) if (field.since < watch.stage) watch.keepValue(resInput(name))
    field.value = value
    field.since = this.#reads.stage
    this.#reads.notePut(resInput(name))
  }

  #note(field: Field, name: string): void {
    this.#reads.noteUse(resInput(name))
    for (const watch of this.#reads.watches) if (field.since < watch.stage) watch.noteField(resInput(name))
  }
}

/** Watched properties of a response, once they are. */
export const responsePart = new ReadsPart<ResponseFields>()

/** Puts the watch in place of what middlewares have left on the response of a request. */
export function watchResponse(reads: RequestReads): void {
  const known = responsePart.of(reads)
  if (known === undefined && namesOn(reads.res).length === 0) return
  const fields = known ?? responsePart.set(reads, new ResponseFields(reads))
  fields.watchAll()
}

/** Returns the names of what middlewares have left on a response, and notes them for others. */
export function namesOn(res: ServerResponse): readonly string[] {
  const names = addedTo(res).filter((name) => isLeft(res, name))
  for (const name of names) if (seen.size < MAX_NAMES) seen.add(name)
  return names
}

let last: { readonly all: readonly string[]; readonly added: readonly string[] } = { all: [], added: [] }

/** Names that neither Node nor Express has given a response. */
function addedTo(res: ServerResponse): readonly string[] {
  const all = Object.getOwnPropertyNames(res)
  // Nearly all responses of an application have the same properties in the same order.
  if (!isSameList(all, last.all)) last = { all, added: all.filter((name) => !builtIn.has(name)) }
  return last.added
}

/** The same among the names that were seen on a response of this process. */
export function seenNamesOn(res: ServerResponse): readonly string[] {
  return seen.size === 0 ? none : [...seen].filter((name) => Object.hasOwn(res, name) && isLeft(res, name))
}

const none: readonly string[] = []

/** Value of such a property as the watch of a stage found it, or as it is before one has begun. */
export function responseValue(
  res: ServerResponse,
  reads: RequestReads | undefined,
  stage: number,
  name: string,
): unknown {
  const fields = responsePart.of(reads)
  if (fields !== undefined) return fields.valueAt(stage, name)
  const own = Object.getOwnPropertyDescriptor(res, name)
  return own !== undefined && isData(own) ? own.value : undefined
}

/** Methods are not looked into: those of middlewares are the same for all, as a rule. */
function isData({ value }: PropertyDescriptor): boolean {
  return value !== undefined && typeof value !== 'function'
}

function isLeft(res: ServerResponse, name: string): boolean {
  const own = Object.getOwnPropertyDescriptor(res, name)
  return own !== undefined && (isOurs(name, own) || isData(own))
}

/** Shared by all responses: a property costs no closures of its own. */
const accessors = new Map<string, PropertyDescriptor>()

function accessorOf(name: string): PropertyDescriptor {
  const known = accessors.get(name)
  if (known !== undefined) return known
  const made: PropertyDescriptor & ThisType<ServerResponse> = {
    configurable: true,
    enumerable: true,
    get() {
      return responsePart.of(readsOfResponse(this))?.read(name)
    },
    set(value: unknown) {
      responsePart.of(readsOfResponse(this))?.write(name, value)
    },
  }
  if (accessors.size < MAX_NAMES) accessors.set(name, made)
  return made
}

function isOurs(name: string, own: PropertyDescriptor): boolean {
  return own.get !== undefined && own.get === accessors.get(name)?.get
}
