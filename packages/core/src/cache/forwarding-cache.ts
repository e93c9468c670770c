import { Cache } from './cache.js'

/**
 * Returns a cache that passes everything on to another, which is asked for anew each time. A name
 * that was bound once, as by `const { cache } = require(…)`, is then never that of an old cache.
 */
export function forwardingCache(current: () => Cache): Cache {
  return new Proxy<Cache>(Object.create(Cache.prototype), {
    get(own, name) {
      // Only a test's spy is its own.
      if (Object.hasOwn(own, name) || name === 'constructor') return Reflect.get(own, name)
      const cache = current()
      const value: unknown = Reflect.get(cache, name)
      return typeof value === 'function' ? value.bind(cache) : value
    },
    has: (own, name) => Reflect.has(own, name) || Reflect.has(current(), name),
  })
}
