import { join } from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { SettingsError, type Store, StoreError } from '@sitecache/core'
import { type RedisLocation, type RedisStoreOptions, redisBus, redisStore } from '@sitecache/redis'
import {
  type RedisServer,
  type RedisSetup,
  startRedis,
  startReplication,
} from '@sitecache/test-support/servers/redis'
import { startCluster } from '@sitecache/test-support/servers/redis-cluster'
import { undoAll } from '@sitecache/test-support/undo'
import { Cluster, Redis } from 'ioredis'
import { generate } from 'selfsigned'

jest.setTimeout(30_000)

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await undoAll(undo)
})

async function redis(setup: RedisSetup = {}): Promise<RedisServer> {
  const server = await startRedis(setup)
  undo.push(() => server.stop())
  return server
}

function open(servers: RedisLocation, options?: RedisStoreOptions): Store {
  const store = redisStore(servers, options)
  undo.push(() => store.close())
  return store
}

/** What the store says to the operator. */
async function complaint(store: Store): Promise<string> {
  const error = await store.check().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StoreError)
  return error instanceof Error ? error.message : ''
}

const value = Buffer.from('value')

describe('a store connects', () => {
  it('with a password, from the URL or the options', async () => {
    const { url, port } = await redis({ password: 'p@ss/w:rd%' })
    await open(url).check()
    await open(`redis://127.0.0.1:${port}`, { password: 'p@ss/w:rd%' }).check()
    await open({ port, host: '127.0.0.1', password: 'p@ss/w:rd%' }).check()
  })

  it('as a user who may do no more than it needs', async () => {
    const server = await redis()
    const rights = '+@read +@write +@keyspace +@scripting +@connection +info +@pubsub'.split(' ')
    await server.ask(
      ...['ACL', 'SETUSER', 'cache', 'on', '>pw', '~shop:*', '~sitecache:check*', '&sitecache:*', ...rights],
    )
    const url = `redis://cache:pw@127.0.0.1:${server.port}`
    const store = open(url)
    await store.check()
    await store.set('shop:1:n', Buffer.from('1'), Date.now() + 60_000)
    expect(await store.incr('shop:1:n', 1)).toBe(2)
    expect(await store.touch('shop:1:n', null)).toBe(true)
    await store.clear('shop:')
    expect(await store.has('shop:1:n')).toBe(false)
    expect(await store.stats()).toMatchObject({ entries: 0 })
    await expect(store.set('other', value, null)).rejects.toThrow(/NOPERM .*ACL SETUSER/)
    const bus = redisBus(url)
    undo.push(async () => bus.close?.())
    const heard = new Promise((resolve) => bus.subscribe(resolve))
    bus.onReconnect(() => void bus.publish('hello'))
    expect(await heard).toBe('hello')
  })

  it('to a database by its number', async () => {
    const server = await redis()
    const stores = [open(`${server.url}/1`), open(`${server.url}?db=2`), open(server.url, { db: 3 })]
    for (const store of stores) await store.set('k', value, null)
    const keyspace = String(await server.ask('INFO', 'keyspace'))
    expect(keyspace.match(/db\d+/g)).toEqual(['db1', 'db2', 'db3'])
    await stores[0]?.clear('')
    expect(String(await server.ask('INFO', 'keyspace')).match(/db\d+/g)).toEqual(['db2', 'db3'])
  })

  it('never to another database than it was told', async () => {
    const server = await redis()
    const store = open(`${server.url}/99`)
    await expect(store.set('k', value, null)).rejects.toThrow(/DB index is out of range.*databases/)
    expect(await complaint(store)).toMatch(/DB index is out of range/)
    expect(await server.ask('DBSIZE')).toBe(0)
  })

  it('by a Unix socket', async () => {
    const server = await redis()
    const path = join(server.folder, 'redis.sock')
    await redis({ args: ['--unixsocket', path] })
    await open(path).check()
    await open(`redis://${path}?db=1`).check()
    await open({ path, db: 2 }).check()
  })

  it('by TLS, and only to whom it trusts', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    })
    const server = await redis({ tls: { cert, key } })
    await open(server.url, { tls: { ca: cert } }).check()
    expect(await complaint(open(server.url))).toMatch(/self-signed certificate.*option tls/)
    const plain = `redis://127.0.0.1:${server.port}`
    expect(await complaint(open(plain))).toMatch(new RegExp(`Redis at 127\\.0\\.0\\.1:${server.port}`))
  })
})

describe('check() tells the operator', () => {
  it('that nothing is there', async () => {
    const server = await startRedis()
    await server.stop()
    expect(await complaint(open(server.url))).toMatch(/ECONNREFUSED .*nothing listens there/)
  })

  it('that a password is missing or wrong, without showing it', async () => {
    const { port } = await redis({ password: 'right' })
    expect(await complaint(open(`redis://127.0.0.1:${port}`))).toMatch(/NOAUTH .*give one/)
    const message = await complaint(open(`redis://me:hunter2@127.0.0.1:${port}`))
    expect(message).toMatch(/WRONGPASS .*see the URL/)
    expect(message).not.toMatch(/hunter2|right/)
  })

  it('that it is a replica, or that a replica does not answer', async () => {
    const { leader, replicas } = await startReplication(1)
    undo.push(() => Promise.all([leader, ...replicas].map((server) => server.stop())))
    const [replica] = replicas
    expect(await complaint(open(replica?.url ?? ''))).toMatch(/READONLY .*name the leader first/)
    await replica?.kill()
    const port = replica?.port
    expect(await complaint(open(`redis://127.0.0.1:${leader.port},127.0.0.1:${port}`))).toMatch(
      new RegExp(`127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`),
    )
  })

  it('that it is full', async () => {
    const { url } = await redis({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] })
    expect(await complaint(open(url))).toMatch(/OOM .*allkeys-lru/)
  })

  it('that redis: and redis+cluster: are mixed up', async () => {
    const { port } = await redis()
    expect(await complaint(open(`redis+cluster://127.0.0.1:${port}`))).toMatch(
      /cluster support disabled.*mixed up/,
    )
    const cluster = await startCluster()
    undo.push(() => cluster.stop())
    const messages = await Promise.all(
      cluster.masters.map(({ url }) =>
        open(url)
          .check()
          .then(String, (error: Error) => error.message),
      ),
    )
    expect(messages.join()).toMatch(/MOVED .*mixed up/)
  })
})

describe('a client of the application', () => {
  it('is used as it is, and stays open', async () => {
    const server = await redis()
    const client = new Redis(server.port, '127.0.0.1', { db: 4 })
    const store = redisStore(client)
    await store.check()
    await store.set('k', value, null)
    await store.close()
    expect(await client.exists('k')).toBe(1)
    client.disconnect()
  })

  it('is closed when that is asked for', async () => {
    const server = await redis()
    const client = new Redis(server.port, '127.0.0.1')
    const store = redisStore(client, { closeClient: true })
    await store.check()
    await store.close()
    await new Promise((resolve) => client.once('end', resolve))
    expect(client.status).toBe('end')
  })

  it('may be of a Cluster', async () => {
    const cluster = await startCluster()
    undo.push(() => cluster.stop())
    const client = new Cluster(cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port })))
    undo.push(async () => client.disconnect())
    // The client finds its nodes within its first commands.
    const store = redisStore(client, { timeoutMs: 10_000 })
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`)
    expect(await store.setMany(new Map(keys.map((key) => [key, value])), null)).toEqual([])
    expect((await store.getMany(keys)).size).toBe(50)
    await store.clear('k')
    expect((await store.getMany(keys)).size).toBe(0)
    await store.close()
  })
})

describe('settings', () => {
  const location = (servers: unknown, options?: unknown) => () =>
    redisStore(servers as RedisLocation, options as RedisStoreOptions)

  it.each<[string, () => unknown, RegExp]>([
    ['an unknown option', location('redis://h', { timeout: 5 }), /redisStore\(\)\.timeout is not an option/],
    ['an unknown option in a URL', location('redis://h?tiemout_ms=5'), /Did you mean timeoutMs/],
    [
      'a timeout',
      location('redis://h', { timeoutMs: 0 }),
      /timeoutMs must be a whole number of at least 1; got 0/,
    ],
    ['a timeout in a URL', location('redis://h?timeoutMs=soon'), /timeoutMs must be a whole number/],
    ['a password', location('redis://h', { password: 12_345 }), /password must be a string; got 'number'/],
    ['a server', location({ hosst: 'h' }), /redisStore\(\)\.hosst is not an option\. Did you mean host/],
    ['a port', location({ port: 70_000 }), /redisStore\(\)\.port must be a port; got 70000/],
    ['no server', location([]), /must be a server, a list of servers, or a client/],
    ['nothing', location(undefined), /must be a server, a list of servers, or a client/],
    ['a number', location(6379), /must be an object of options|must be a server/],
    ['a database of a Cluster', location('redis+cluster://h', { db: 1 }), /only database 0; got 1/],
    ['two Clusters', location(['redis+cluster://a', 'redis+cluster://b']), /stand alone/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(SettingsError)
    expect(make).toThrow(message)
  })
})
