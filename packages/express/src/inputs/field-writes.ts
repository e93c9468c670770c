import { ServerResponse } from 'node:http'
import { Http2ServerResponse } from 'node:http2'
import { type TakenStack, takeStack } from './callers.js'
import { isDevelopment } from './development-warnings.js'

/** A field as it was written, and the stack of the code that wrote it. */
export interface FieldWrite {
  readonly value: unknown
  readonly stack: TakenStack
}

/** Fields that may keep a response from being stored, or give it many variants. */
const traced: ReadonlySet<string> = new Set([
  'cache-control',
  'content-encoding',
  'content-security-policy',
  'expires',
  'set-cookie',
  'vary',
])

/** Frames between a write and the application's code. */
const FRAMES = 40
/** Writes of one field that are kept; the last ones count. */
const MAX_WRITES = 6

const writes = new WeakMap<object, Map<string, FieldWrite[]>>()
let isWatching = false

/**
 * Begins to keep the stacks of the code that writes these fields, for all responses of the process:
 * in development alone. A middleware may write before the cache sees the request.
 */
export function watchFieldWrites(): void {
  if (isWatching || !isDevelopment(process.env)) return
  isWatching = true
  for (const prototype of [ServerResponse.prototype, Http2ServerResponse.prototype]) {
    watchMethod(prototype, 'setHeader')
    watchMethod(prototype, 'appendHeader')
  }
}

/** Whether writes are watched in this process. */
export function watchesFieldWrites(): boolean {
  return isWatching
}

/** Returns the last writes of a field, the oldest first. @param name in lower case */
export function fieldWritesOf(res: ServerResponse, name: string): readonly FieldWrite[] {
  return writes.get(res)?.get(name) ?? []
}

function watchMethod(prototype: object, method: 'setHeader' | 'appendHeader'): void {
  const own: unknown = Object.getOwnPropertyDescriptor(prototype, method)?.value
  const above: object | null = Object.getPrototypeOf(prototype)
  // Others may put theirs on the prototype above later on.
  const current = (): unknown => own ?? (above === null ? undefined : Reflect.get(above, method))
  if (typeof current() !== 'function') return
  const watched = function (this: object, name: unknown, value: unknown): unknown {
    if (typeof name === 'string' && traced.has(name.toLowerCase()))
      note(this, name.toLowerCase(), { value, stack: takeStack(FRAMES, watched) })
    return Reflect.apply(current() as () => unknown, this, [name, value])
  }
  Object.defineProperty(prototype, method, {
    value: watched,
    writable: true,
    configurable: true,
    enumerable: true,
  })
}

function note(res: object, name: string, write: FieldWrite): void {
  const byName = writes.get(res) ?? new Map<string, FieldWrite[]>()
  writes.set(res, byName)
  const list = byName.get(name) ?? []
  byName.set(name, list)
  if (list.push(write) > MAX_WRITES) list.shift()
}
