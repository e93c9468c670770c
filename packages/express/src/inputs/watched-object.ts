import { inspect } from 'node:util'
import { ownMark } from '@sitecache/http'

/**
 * Shows an object by a Proxy that sees what is read of it.
 *
 * `util.inspect()`, and with it `console.log()`, looks past a Proxy at the object itself, unseen.
 * So the object has it look at a copy, which is read by the Proxy.
 */
export function watchedObject<T extends object>(target: T, handler: ProxyHandler<T>): T {
  const proxy = new Proxy(target, handler)
  const own: unknown = Reflect.get(target, inspect.custom)
  // An object that shows itself reads itself by the Proxy.
  if (own !== undefined && own !== readAll) return proxy
  // Properties, as a WeakMap takes V8 microseconds. Not enumerable: no copy of the object has them.
  if (own === undefined) Reflect.defineProperty(target, inspect.custom, hidden)
  Reflect.defineProperty(target, ownMark, { value: proxy, configurable: true, enumerable: false })
  return proxy
}

/** Called on the Proxy, or on the object itself, which Node keeps in a request. */
function readAll(this: object): object {
  const shown: object = Reflect.get(this, ownMark) ?? this
  const copy: object = Object.create(Reflect.getPrototypeOf(shown))
  for (const key of Reflect.ownKeys(shown)) {
    const own = Reflect.getOwnPropertyDescriptor(shown, key)
    if (own === undefined || key === inspect.custom || key === ownMark) continue
    // A value is read as a copy reads it. A getter is shown, and not called.
    const value: unknown = 'value' in own ? Reflect.get(shown, key) : undefined
    Object.defineProperty(copy, key, 'value' in own ? { ...own, value } : own)
  }
  return copy
}

const hidden = { value: readAll, configurable: true, enumerable: false }
