/** One of several processes that use memcached at once: does what its argument says, and prints what came of it. */
import { createCaches } from '@sitecache/core'
import { memcachedStore } from '@sitecache/memcached'

const { servers, job, id, times } = JSON.parse(process.argv[2])
const store = memcachedStore(servers, { timeoutMs: 20_000 })
const cache = createCaches({ default: { store, onError: 'throw', timeout: null } }).get('default')

const jobs = {
  /** Adds to one number and takes from another, two calls of each at a time. */
  incr: async () => {
    const sums = []
    while (sums.length < times) {
      sums.push(...(await Promise.all([cache.incr('up'), cache.incr('up')])))
      await Promise.all([cache.decr('down'), cache.decr('down')])
    }
    return sums
  },
  /** How many of so many keys it was the one to add. */
  add: async () => {
    const added = await Promise.all(Array.from({ length: times }, (_, i) => cache.add(`k${i}`, id)))
    return added.filter(Boolean).length
  },
}

console.log(JSON.stringify(await jobs[job]()))
await cache.close()
