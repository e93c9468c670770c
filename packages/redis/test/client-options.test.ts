import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { createCaches, type Store } from '@sitecache/core'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '@sitecache/test-support/jest-globals'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { startCluster } from '@sitecache/test-support/servers/redis-cluster'
import { Cluster, Command, Redis, type RedisOptions } from 'ioredis'

const server = await startRedis()
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const run of undo.splice(0).reverse()) await run()
})
afterAll(() => server.stop())

function clientWith(options: ClientOptions): Redis {
  const client = new Redis(server.port, '127.0.0.1', options)
  undo.push(() => client.disconnect())
  return client
}

/** ioredis declares this one optional, but not undefined. */
type ClientOptions = Omit<RedisOptions, 'replyMapping'>

const value = Buffer.from('value')

// Every option that changes what a client sends, or what it makes of replies.
storeContract(
  'redisStore on a client with options of its own',
  async () => {
    await server.ask('FLUSHALL')
    const client = new Redis(server.port, '127.0.0.1', {
      keyPrefix: 'app:',
      stringNumbers: true,
      enableAutoPipelining: true,
      showFriendlyErrorStack: true,
    })
    return redisStore(client, { closeClient: true, timeoutMs: 5000 })
  },
  { globals, sleep },
)

describe("an application's client", () => {
  it.each<[string, ClientOptions, string]>([
    ['none', {}, ''],
    ['keyPrefix', { keyPrefix: 'app:' }, 'app:'],
    ['a keyPrefix of special characters', { keyPrefix: 'a*[b]?\\:' }, 'a*[b]?\\:'],
    ['stringNumbers', { stringNumbers: true }, ''],
    ['enableAutoPipelining', { enableAutoPipelining: true }, ''],
    ['showFriendlyErrorStack', { showFriendlyErrorStack: true }, ''],
    ['lazyConnect', { lazyConnect: true }, ''],
  ])(
    'with the option %s: keys are where it has them, and clear() drops those alone',
    async (_, options, prefix) => {
      await server.ask('FLUSHALL')
      const client = clientWith(options)
      const store = redisStore(client, { timeoutMs: 5000 })
      await store.setMany(
        new Map([
          ['s:a', value],
          ['s:b', Buffer.from('5')],
        ]),
        null,
      )
      expect(await store.add('s:a', value, null)).toBe(false)
      expect(await store.incr('s:b', 2)).toBe(7)
      expect(await store.has('s:a')).toBe(true)
      expect(await store.has('s:c')).toBe(false)
      expect(await store.touch('s:c', null)).toBe(false)
      expect((await store.stats()).entries).toBe(2)
      expect(((await server.ask('KEYS', '*')) as string[]).sort()).toEqual([`${prefix}s:a`, `${prefix}s:b`])
      await server.ask('SET', 'other:s:a', 'x')
      await server.ask('SET', 'aXbc:s:a', 'x')
      if (prefix !== '') await server.ask('SET', 's:a', 'x')
      const others = Number(await server.ask('DBSIZE')) - 2
      await store.clear('s:')
      expect(Number(await server.ask('DBSIZE'))).toBe(others)
      expect(await store.get('s:a')).toBeUndefined()
    },
  )

  it('may have transformers of the commands that the store sends', async () => {
    const names = ['get', 'mget', 'set', 'unlink', 'exists', 'scan', 'evalsha']
    for (const name of names) Command.setReplyTransformer(name, () => 'transformed')
    Command.setArgumentTransformer('set', () => ['k', 'transformed'])
    const { _transformer: transformers } = Command as unknown as {
      _transformer: Record<'argument' | 'reply', Record<string, unknown>>
    }
    undo.push(() => {
      for (const name of names) delete transformers.reply[name]
      delete transformers.argument.set
    })
    await server.ask('FLUSHALL')
    const cache = createCaches({
      default: { store: redisStore(clientWith({}), { timeoutMs: 5000 }), onError: 'throw' },
    }).get('default')
    await cache.set('a', { n: 1 })
    expect(await cache.get('a')).toEqual({ n: 1 })
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['a', { n: 1 }]]))
    await cache.clear()
    expect(await cache.delete('a')).toBe(false)
  })

  it('of a Cluster may have a keyPrefix: slots are those of whole keys', async () => {
    const cluster = await startCluster()
    undo.push(() => cluster.stop())
    const nodes = cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }))
    const client = new Cluster(nodes, { keyPrefix: 'app:', enableAutoPipelining: true })
    undo.push(() => client.disconnect())
    const store = redisStore(client, { timeoutMs: 5000 })
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`)
    expect(await store.setMany(new Map(keys.map((key) => [key, value])), null)).toEqual([])
    expect((await store.getMany(keys)).size).toBe(50)
    expect(await store.deleteMany(keys.slice(0, 10))).toBe(10)
    await store.clear('k')
    expect((await store.getMany(keys)).size).toBe(0)
  }, 60_000)

  it.each([{ db: 2 }, { password: 'x' }, { tls: true }, { sentinelPassword: 'x' }])(
    'takes no option that says how to connect: %j',
    (options) => {
      expect(() => redisStore(clientWith({ lazyConnect: true }), options)).toThrow(
        /has no effect on a client that is given/,
      )
    },
  )
})

describe('keys that differ in half a surrogate', () => {
  const open = (): Store => {
    const store = redisStore(server.url, { timeoutMs: 5000 })
    undo.push(() => store.close())
    return store
  }

  it('are as many keys, to every operation', async () => {
    const store = open()
    const [one, two, three] = ['n:\ud800', 'n:\udbff', 'n:\ufffd']
    await store.set(one, Buffer.from('5'), null)
    expect(await store.add(two, Buffer.from('1'), null)).toBe(true)
    expect(await store.incr(one, 1)).toBe(6)
    expect([...(await store.getMany([one, two, three])).keys()]).toEqual([one, two])
    expect(await store.has(three)).toBe(false)
    expect(await store.touch(three, null)).toBe(false)
    expect(await store.delete(two)).toBe(true)
    expect(String((await store.get(one))?.value)).toBe('6')
    expect(
      await store.setMany(
        new Map([
          [two, value],
          [three, value],
        ]),
        null,
      ),
    ).toEqual([])
    expect(await store.deleteMany([one, three])).toBe(2)
    expect(String((await store.get(two))?.value)).toBe('value')
    await store.clear('n:\udbff')
    expect(await store.get(two)).toBeUndefined()
  })
})
