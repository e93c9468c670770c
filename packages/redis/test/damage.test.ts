import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, siteCache } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import request from '@sitecache/test-support/request'
import { startRedis, until } from '@sitecache/test-support/servers/redis'
import express from 'express'
import { Redis } from 'ioredis'

const server = await startRedis()
const raw = new Redis(server.options)
afterAll(async () => {
  raw.disconnect()
  await server.stop()
})

let cache: Cache
let errors: string[]
beforeEach(() => {
  cache = createCaches({ default: { store: redisStore(server.url, { timeoutMs: 5000 }) } }).get('default')
  errors = []
  cache.on('error', ({ error }) => errors.push(String(error)))
})
afterEach(async () => {
  await cache.close()
  await raw.flushall()
})

type Damage = (whole: Buffer) => Buffer

const damages: [string, Damage][] = [
  ['garbage', () => Buffer.from('any garbage that is long enough to be an entry')],
  ['nothing', () => Buffer.alloc(0)],
  ['text of another program', () => Buffer.from('{"a":1}')],
  ['half of it', (whole) => whole.subarray(0, whole.length / 2)],
  ['its first twenty bytes', (whole) => whole.subarray(0, 20)],
  ['all but its last byte', (whole) => whole.subarray(0, -1)],
  ['another byte at its end', (whole) => Buffer.concat([whole, Buffer.from('x')])],
  ['another version of it', (whole) => Buffer.concat([Buffer.from('scB0'), whole.subarray(4)])],
  [
    'a bit of it turned',
    (whole) => {
      const turned = Buffer.from(whole)
      const last = turned.length - 8
      turned[last] = (turned[last] ?? 0) ^ 1
      return turned
    },
  ],
]

async function damage(key: string, how: Damage): Promise<void> {
  const whole = await raw.getBuffer(key)
  if (whole === null) throw new Error(`nothing to damage at ${key}`)
  await raw.set(key, how(whole), 'KEEPTTL')
}

describe.each(damages)('%s in place of a value', (_, how) => {
  const value = { name: 'a value', list: [1, 2, 3] }

  it('is a miss, an error event and a count, and is healed by the next set', async () => {
    await cache.set('k', value)
    await damage(':1:k', how)
    expect(await cache.get('k', { default: 'none' })).toBe('none')
    expect(errors).toHaveLength(1)
    expect(errors[0]).not.toContain('a value')
    const { hits, misses, errors: counted } = await cache.stats()
    expect({ hits, misses, counted }).toEqual({ hits: 0, misses: 1, counted: 1 })
    expect(await cache.getOrSet('k', () => value)).toEqual(value)
    expect(await cache.get('k')).toEqual(value)
  })

  it('leaves the other keys that are read with it, and does not make the store count as down', async () => {
    await cache.setMany({ a: value, k: value, b: 7 })
    await damage(':1:k', how)
    for (let i = 0; i < 10; i++) {
      expect([...(await cache.getMany(['a', 'k', 'b']))]).toEqual([
        ['a', value],
        ['b', 7],
      ])
    }
    expect(errors).toHaveLength(10)
  })

  it('is not counted with', async () => {
    await cache.set('k', value)
    await damage(':1:k', how)
    await expect(cache.incr('k')).rejects.toThrow(/whole number/)
  })
})

describe('something else under the key', () => {
  it('is a miss, an error event and a count', async () => {
    await raw.hset(':1:k', 'field', 'value')
    expect(await cache.get('k')).toBeUndefined()
    expect(errors.join()).toMatch(/WRONGTYPE .*set a keyPrefix/)
    await cache.set('k', 1)
    expect(await cache.get('k')).toBe(1)
  })

  it('is no failure of the store, whatever is done with it', async () => {
    await cache.set('other', 1)
    await raw.hset(':1:k', 'field', 'value')
    for (let i = 0; i < 10; i++) {
      expect(await cache.get('k')).toBeUndefined()
      await expect(cache.incr('k')).rejects.toThrow(/whole number/)
      expect(await cache.touch('k', 60)).toBe(false)
    }
    expect(await cache.get('other')).toBe(1)
    expect(await cache.touch('other', 60)).toBe(true)
  })
})

describe.each(damages)('%s in place of a page or its vary record', (_, how) => {
  it('is a miss that the handler answers, an error event, and healed by its page', async () => {
    const app = express().use(siteCache({ cache }))
    app.get('/', (_, res) => void res.send('page '.repeat(400)))
    const get = async () => {
      const { status, headers } = await request(app).get('/')
      expect(status).toBe(200)
      return /; hit/.test(String(headers['cache-status'])) ? 'hit' : 'miss'
    }
    for (const which of [0, 1]) {
      await raw.flushall()
      // A page is stored when its client has it already.
      await until(async () => (await get()) === 'hit')
      // A second render may still be on its way to the store.
      await cache.idle()
      const [first = '', second = ''] = (await raw.keys('*')).sort()
      await damage(which === 0 ? first : second, how)
      expect(await get()).toBe('miss')
      expect(errors.splice(0).join()).toMatch(/could not be read/)
      await until(async () => (await get()) === 'hit')
    }
  })
})
