import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { createCaches, type Store } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { commandsOf } from '@sitecache/test-support/servers/redis-stats'

const server = await startRedis()
afterAll(() => server.stop())

const stores: Store[] = []
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await server.ask('FLUSHALL')
})

function open(): Store {
  const store = redisStore(server.url, { timeoutMs: 5000 })
  stores.push(store)
  return store
}

const bytes = (text: string) => Buffer.from(text)
const soon = () => Date.now() + 60_000

describe('what an operation costs the server', () => {
  it('is one GET for a value or a page, found or not', async () => {
    const store = open()
    await store.set('k', bytes('value'), soon())
    await store.set('page', { byteLength: 30, encode: () => [Buffer.alloc(30)] }, soon())
    const get = async () => {
      await store.get('k')
      await store.get('page')
      await store.get('none')
    }
    expect(await commandsOf(server, get)).toEqual({ get: 3 })
  })

  it('is one MGET for a hundred keys, counters among them', async () => {
    const store = open()
    const entries = new Map(
      Array.from({ length: 100 }, (_, i) => [`k${i}`, bytes(i < 50 ? `v${i}` : `${i}`)]),
    )
    const keys = [...entries.keys()]
    expect(await commandsOf(server, () => store.setMany(entries, soon()))).toEqual({ set: 100 })
    expect(await commandsOf(server, async () => expect((await store.getMany(keys)).size).toBe(100))).toEqual({
      mget: 1,
    })
    expect(await commandsOf(server, () => store.deleteMany(keys))).toEqual({ unlink: 1 })
  })

  it('is one write for all that is asked for in one turn of the event loop', async () => {
    const store = open()
    await store.set('k', bytes('value'), soon())
    const reads = async () =>
      Number(/total_reads_processed:(\d+)/.exec(String(await server.ask('INFO', 'stats')))?.[1])
    const idle = await reads()
    const before = await reads()
    const answers = await Promise.all(Array.from({ length: 100 }, () => store.get('k')))
    const after = await reads()
    expect(answers.map((entry) => String(entry?.value))).toEqual(Array(100).fill('value'))
    // Less what asking takes. The first may be on its way before the others are asked for.
    expect(after - before - (before - idle)).toBeLessThanOrEqual(5)
  })

  it('of clear are steps through the keys, never a command that stops the server', async () => {
    const store = open()
    await server.with(async (client) => {
      const pipeline = client.pipeline()
      for (let i = 0; i < 5000; i++) pipeline.set(`${i % 2 === 0 ? 'mine' : 'theirs'}:${i}`, '1')
      await pipeline.exec()
    })
    const commands = await commandsOf(server, () => store.clear('mine:'))
    expect(Object.keys(commands).sort()).toEqual(['scan', 'unlink'])
    expect(commands.scan).toBeGreaterThan(3)
    expect(await server.ask('DBSIZE')).toBe(2500)
    await store.clear('mine:')
  })
})

describe('a counter', () => {
  it('is what INCR of Redis counts with', async () => {
    const cache = createCaches({ default: { store: open() } }).get('default')
    await cache.set('n', 41, 60)
    expect(await server.ask('GET', ':1:n')).toBe('41')
    expect(await server.ask('INCR', ':1:n')).toBe(42)
    expect(await cache.get('n')).toBe(42)
    expect(await cache.incr('n', -50)).toBe(-8)
    expect(await server.ask('GET', ':1:n')).toBe('-8')
  })

  it('stays within what JavaScript can count, and is left as it was', async () => {
    const store = open()
    const { MAX_SAFE_INTEGER: max } = Number
    for (const [start, delta] of [
      [max, 1],
      [-max, -1],
      [1, max],
      [max, max],
    ] as const) {
      await store.set('n', bytes(String(start)), null)
      await expect(store.incr('n', delta)).rejects.toThrow(/safe integers/)
      expect(await server.ask('GET', 'n')).toBe(String(start))
    }
    await store.set('n', bytes(String(max - 1)), null)
    expect(await store.incr('n', 1)).toBe(max)
    expect(await store.incr('n', -max)).toBe(0)
  })

  it('of another program that Redis can not count with is refused too', async () => {
    const store = open()
    for (const text of ['007', '-0', '+1', '12 ', '99999999999999999999', '1e3']) {
      await server.ask('SET', 'n', text)
      await expect(store.incr('n', 1)).rejects.toThrow(/whole number/)
      expect(await server.ask('GET', 'n')).toBe(text)
    }
  })

  it('counts on when the server has forgotten its scripts', async () => {
    const store = open()
    await store.set('n', bytes('1'), null)
    await store.incr('n', 1)
    await server.ask('SCRIPT', 'FLUSH')
    expect(await store.incr('n', 1)).toBe(3)
  })
})

describe('when an entry expires', () => {
  it.each([
    ['a value', 'v'],
    ['a counter', '7'],
  ])('is told of %s, also after touch, incr and add', async (_, text) => {
    const store = open()
    const told = async () => (await store.get('k'))?.expires
    await store.set('k', bytes(text), 4_000_000_000_000)
    expect(Math.abs(((await told()) ?? 0) - 4_000_000_000_000)).toBeLessThan(1000)
    await store.touch('k', 3_000_000_000_000)
    expect(Math.abs(((await told()) ?? 0) - 3_000_000_000_000)).toBeLessThan(1000)
    expect(Number(await server.ask('PEXPIRETIME', 'k'))).toBeCloseTo(3_000_000_000_000, -4)
    await store.touch('k', null)
    expect(await told()).toBeNull()
    expect(await server.ask('TTL', 'k')).toBe(-1)
    await store.delete('k')
    await store.add('k', bytes(text), 3_000_000_000_000)
    expect(Math.abs(((await told()) ?? 0) - 3_000_000_000_000)).toBeLessThan(1000)
  })

  it('is bounded by what the clock of Redis can reach', async () => {
    const store = open()
    for (const expires of [Number.MAX_SAFE_INTEGER, 1e300]) {
      await store.set('k', bytes('v'), expires)
      expect(await store.has('k')).toBe(true)
      expect(await store.touch('k', expires)).toBe(true)
    }
  })

  it('keeps nothing when it is past, whatever writes it', async () => {
    const store = open()
    const past = Date.now() - 1
    await store.set('k', bytes('v'), null)
    expect(await store.add('k', bytes('w'), past)).toBe(false)
    expect(await store.touch('k', past)).toBe(true)
    expect(await store.add('k', bytes('w'), past)).toBe(true)
    await store.set('k', bytes('v'), null)
    expect(await store.setMany(new Map([['k', bytes('w')]]), past)).toEqual([])
    expect(await server.ask('DBSIZE')).toBe(0)
  })
})

describe('setMany', () => {
  it('names the keys that failed; when all did, the store has', async () => {
    await server.ask('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const cache = createCaches({ default: { store: open() } }).get('default')
      const errors: string[] = []
      cache.on('error', ({ error }) => errors.push(String(error)))
      expect(await cache.setMany({ a: 1, b: 2 })).toEqual(['a', 'b'])
      expect(errors).toEqual([expect.stringMatching(/OOM/)])
    } finally {
      await server.ask('CONFIG', 'SET', 'maxmemory', '0')
    }
  })
})

describe('stats', () => {
  it('counts the keys of the database', async () => {
    const store = open()
    await store.set('a', bytes('v'), null)
    await server.ask('SET', 'b', 'another program')
    expect(await store.stats()).toMatchObject({ entries: 2 })
  })
})
