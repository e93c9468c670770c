import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type Cache, createCaches, memoryStore, SettingsError, UnknownCacheError } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { CacheSessionStore } from '@sitecache/session'
import { passSeconds } from '@sitecache/test-support/clock'
import { type RedisServer, startRedis } from '@sitecache/test-support/servers/redis'
import type { SessionData } from 'express-session'
import { data, sessionContract } from './contract.js'

let memory = createCaches({ default: 'memory:' }).get('default')
sessionContract('memory', {
  cache: () => memory,
  async empty() {
    memory = createCaches({ default: 'memory:' }).get('default')
  },
  pass: async (seconds) => passSeconds(seconds),
})

let server: RedisServer
let redis: Cache
sessionContract('Redis', {
  cache: () => redis,
  async open() {
    server = await startRedis()
    redis = createCaches({
      default: { store: redisStore(server.url, { timeoutMs: 5000 }), keyPrefix: 'sessions' },
    }).get('default')
  },
  empty: () => redis.clear(),
  async close() {
    await redis.close()
    await server.stop()
  },
  // Redis counts by its own clock: what is left to each key is made shorter.
  async pass(seconds) {
    passSeconds(seconds)
    await server.with(async (client) => {
      for (const key of await client.keys('*')) {
        const left = await client.pttl(key)
        if (left >= 0) await client.pexpire(key, left - seconds * 1000)
      }
    })
  },
})

afterEach(() => {
  jest.restoreAllMocks()
})

describe('CacheSessionStore', () => {
  const call = <T>(run: (done: (error?: unknown, result?: T) => void) => void): Promise<T | undefined> =>
    new Promise((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result))))

  it.each([
    [{}, 'CacheSessionStore.cache must be a cache'],
    [{ cache: 5 }, 'CacheSessionStore.cache must be a cache'],
    [{ cache: 'default', ttl: null }, 'CacheSessionStore.ttl must be more than 0'],
    [{ cache: 'default', ttl: 0 }, 'CacheSessionStore.ttl must be more than 0'],
    [{ cache: 'default', prefix: '' }, 'CacheSessionStore.prefix must be 1 to 64'],
    [{ cache: 'default', prefxi: 'a' }, 'Did you mean prefix'],
  ])('refuses %j', (options, message) => {
    const make = () => new CacheSessionStore(options as never)
    expect(make).toThrow(SettingsError)
    expect(make).toThrow(message)
  })

  it('names an alias that is not configured', () => {
    expect(() => new CacheSessionStore({ cache: 'sessions' })).toThrow(UnknownCacheError)
  })

  it('shows no id in keys, events or errors', async () => {
    const store = memoryStore()
    const cache = createCaches({ default: { store, onError: 'throw' } }).get('default')
    const told: string[] = []
    for (const event of ['hit', 'miss', 'set', 'delete', 'error'] as const)
      cache.on(event, (detail) => told.push(JSON.stringify(detail) + String(detail.error ?? '')))
    const sessions = new CacheSessionStore({ cache })
    await call<void>((done) => sessions.set('secret-sid', data(60), done))
    await call((done) => sessions.get('secret-sid', done))
    await call((done) => sessions.get('other-secret-sid', done))
    await call<void>((done) => sessions.destroy('secret-sid', done))
    jest.spyOn(store, 'get').mockRejectedValue(new Error('down'))
    const failed = await call((done) => sessions.get('secret-sid', done)).catch(String)
    expect(told.length).toBeGreaterThan(3)
    expect(failed).toContain('StoreError')
    expect(`${told.join()}${String(failed)}`).not.toContain('secret-sid')
  })

  it('answers no session for what is none, or another one', async () => {
    const cache = createCaches({ default: 'memory:' }).get('default')
    const sessions = new CacheSessionStore({ cache })
    await call<void>((done) => sessions.set('a', data(60, { user: 'Ada' }), done))
    const keys: string[] = []
    cache.on('hit', ({ key }) => keys.push(String(key)))
    await call((done) => sessions.get('a', done))
    const key = String(keys[0]).replace(/^:1:/, '')
    const bad = [
      '',
      '{',
      '5',
      'null',
      '{"id":"a"}',
      '{"id":"a","session":{}}',
      '{"id":"b","session":{"cookie":{}}}',
    ]
    for (const value of [
      ...bad,
      '{"id":"a","session":{"cookie":{},"__proto__":{"admin":true}}}',
      5,
      { id: 'a' },
    ]) {
      await cache.set(key, value)
      expect(await call<SessionData | null>((done) => sessions.get('a', done))).toBeNull()
    }
  })

  it('finds all of a thousand sessions, and passes over the slots of those that have long ended', async () => {
    const cache = createCaches({ default: 'memory:' }).get('default')
    const sessions = new CacheSessionStore({ cache })
    const set = (sid: string, seconds: number) => call<void>((done) => sessions.set(sid, data(seconds), done))
    for (let i = 0; i < 12_000; i++) await set(`old${i}`, 10)
    passSeconds(100)
    for (let i = 0; i < 1000; i++) await set(`new${i}`, 1000)
    expect(await call<number>((done) => sessions.length(done))).toBe(1000)
    const read = jest.spyOn(cache, 'getMany')
    expect(await call<number>((done) => sessions.length(done))).toBe(1000)
    const slots = read.mock.calls.flatMap(([keys]) => [...keys]).filter((key) => key.includes(':slot:'))
    expect(slots.length).toBeLessThan(12_000)
    expect(slots.length).toBeGreaterThanOrEqual(1000)
  })

  it('finds a session for as long as it is touched', async () => {
    const cache = createCaches({ default: 'memory:' }).get('default')
    const sessions = new CacheSessionStore({ cache })
    await call<void>((done) => sessions.set('a', data(10), done))
    for (let i = 0; i < 20; i++) {
      passSeconds(8)
      await call<void>((done) => sessions.touch('a', data(10), done))
      expect(await call<number>((done) => sessions.length(done))).toBe(1)
    }
  })

  it('loses no session where the store has lost the counter', async () => {
    const cache = createCaches({ default: 'memory:' }).get('default')
    const sessions = new CacheSessionStore({ cache })
    const set = (sid: string) => call<void>((done) => sessions.set(sid, data(60), done))
    for (let i = 0; i < 30; i++) await set(`a${i}`)
    await cache.delete('session:index:last')
    for (let i = 0; i < 30; i++) await set(`b${i}`)
    expect(await call<number>((done) => sessions.length(done))).toBe(60)
  })
})
