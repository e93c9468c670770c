import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals'
import { bytesOf } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { startRedis, until } from '@sitecache/test-support/servers/redis'
import { Redis } from 'ioredis'
import { type LoadedSite, startSite } from './site.js'

jest.setTimeout(30_000)

const server = await startRedis()
const raw = new Redis(server.options)
/** What puts other bytes into whole entries. */
const store = redisStore(server.url)
afterAll(async () => {
  raw.disconnect()
  await store.close()
  await server.stop()
})

let site: LoadedSite | undefined
afterEach(async () => {
  await site?.close()
  await raw.flushall()
})

/** Does something to a key that holds an entry. */
type Damage = (key: string) => Promise<unknown>

const kept = async (key: string) => (await raw.getBuffer(key)) ?? Buffer.alloc(0)

/** The value of a whole entry, changed, in another whole entry. */
const inside =
  (change: (value: Buffer) => Buffer): Damage =>
  async (key) => {
    const entry = await store.get(key)
    if (entry !== undefined) await store.set(key, change(Buffer.from(bytesOf(entry.value))), entry.expires)
  }

const damages: [string, Damage][] = [
  ['garbage', (key) => raw.set(key, Buffer.from('any garbage that is long enough to be an entry'))],
  ['another type of value', (key) => raw.multi().del(key).hset(key, 'field', 'value').exec()],
  ['half of it', async (key) => raw.set(key, (await kept(key)).subarray(0, (await kept(key)).length / 2))],
  ['a number', (key) => raw.set(key, '17')],
  [
    'an older format of entries',
    async (key) => raw.set(key, Buffer.concat([Buffer.from('scA0'), await kept(key)])),
  ],
  ['a whole entry that is no page', inside(() => Buffer.from('{"status":200,"body":"not this"}'))],
  ['a whole entry with half a page', inside((value) => value.subarray(0, value.length / 2))],
  [
    'a whole entry with a page of an older format',
    // Four characters: a format, and its version.
    inside((value) => Buffer.concat([value.subarray(0, 3), Buffer.from('1'), value.subarray(4)])),
  ],
  [
    'a whole entry with a page of which a byte has changed',
    inside((value) => {
      const changed = Buffer.from(value)
      const last = changed.length - 1
      changed[last] = (changed[last] ?? 0) ^ 1
      return changed
    }),
  ],
]

describe('pages in Redis, under load', () => {
  it.each(damages)('are whole or rendered while %s keeps taking their places', async (_, damage) => {
    site = await startSite(redisStore(server.url))
    const { load, cache } = site
    await load.hitsOnly()
    let damaging = true
    const damager = (async () => {
      while (damaging)
        for (const key of await raw.keys('*')) if (/:(?:page|vary|fence|tag):/.test(key)) await damage(key)
    })()
    load.take()
    await until(() => load.tally.misses > 50 && load.tally.errors > 20)
    damaging = false
    await damager
    await load.hitsOnly()
    await load.stop()
    expect([load.lost, load.lastLoss]).toEqual([0, ''])
    expect(load.slowest).toBeLessThan(3000)
    await cache.idle()
    expect((await cache.stats()).errors).toBe(load.errors)
  })
})
