import type { CacheEvent, CacheListener } from '../events/cache-events.js'
import { Cache } from './cache.js'

/** A cache that passes everything on to another. */
export interface Forwarding {
  readonly cache: Cache
  /** Has its listeners listen to the cache that it passes on to now. */
  follow(): void
}

interface Listening {
  readonly event: CacheEvent
  readonly listener: CacheListener
  stop: () => void
}

/**
 * Makes a cache that passes everything on to another, which is asked for anew each time. A name
 * that was bound once, as by `const { cache } = require(…)`, is then never that of an old cache.
 */
export function forwardingCache(current: () => Cache): Forwarding {
  const listening: Listening[] = []
  const listened = {
    on(event: CacheEvent, listener: CacheListener): () => void {
      const one = { event, listener, stop: current().on(event, listener) }
      listening.push(one)
      return () => forget(one)
    },
    off(event: CacheEvent, listener: CacheListener): void {
      current().off(event, listener)
      for (const one of [...listening]) if (one.event === event && one.listener === listener) forget(one)
    },
  }
  const forget = (one: Listening): void => {
    one.stop()
    const index = listening.indexOf(one)
    if (index >= 0) listening.splice(index, 1)
  }
  const follow = (): void => {
    for (const one of listening) {
      one.stop()
      one.stop = current().on(one.event, one.listener)
    }
  }
  return { cache: passingOn(current, listened), follow }
}

function passingOn(current: () => Cache, own: Pick<Cache, 'on' | 'off'>): Cache {
  return new Proxy<Cache>(Object.assign(Object.create(Cache.prototype), own), {
    get(target, name) {
      // A test's spy is its own, too.
      if (Object.hasOwn(target, name) || name === 'constructor') return Reflect.get(target, name)
      const cache = current()
      const value: unknown = Reflect.get(cache, name)
      return typeof value === 'function' ? value.bind(cache) : value
    },
    has: (target, name) => Reflect.has(target, name) || Reflect.has(current(), name),
  })
}
