/** One of several processes that use a folder at once: does what its argument says, and prints what came of it. */
import { createCaches } from '@sitecache/core'
import { fileStore } from '@sitecache/file'

const { folder, options, job, id, times, bytes } = JSON.parse(process.argv[2])
const store = fileStore(folder, { timeoutMs: 20_000, ...options })
const cache = createCaches({ default: { store, onError: 'throw', timeout: null } }).get('default')

const jobs = {
  /** Adds to one number, two calls at a time. */
  incr: async () => {
    const sums = []
    while (sums.length < times) sums.push(...(await Promise.all([cache.incr('n'), cache.incr('n')])))
    return sums
  },
  /** How many of so many keys it was the one to add. */
  add: async () => {
    const added = await Promise.all(Array.from({ length: times }, (_, i) => cache.add(`k${i}`, id)))
    return added.filter(Boolean).length
  },
  /** Sets keys of its own. */
  fill: async () => {
    for (let i = 0; i < times; i += 1) await cache.set(`${id}-${i}`, i)
    return times
  },
  /** Five writers, until they are killed: large values of one letter each under few keys, and a number. */
  write: async () => {
    await Promise.all(Array.from({ length: 5 }, (_, writer) => writeForEver(id * 5 + writer)))
  },
}

async function writeForEver(writer) {
  const own = fileStore(folder, { timeoutMs: 20_000 })
  for (let i = writer; ; i += 1) {
    const letter = 97 + (i % 26)
    await own.set(`k${i % 10}`, Buffer.alloc(bytes, letter), null)
    if (i === writer) process.stdout.write('writing\n')
    await own.add(`a${i % 50}`, Buffer.alloc(bytes, letter), null)
    await own.incr('n', 1)
  }
}

console.log(JSON.stringify(await jobs[job]()))
await cache.close()
