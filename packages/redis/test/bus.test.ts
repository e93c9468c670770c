import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals'
import type { InvalidationBus } from '@sitecache/core'
import { redisBus } from '@sitecache/redis'
import { Member } from '@sitecache/test-support/member'
import { startRedis, until } from '@sitecache/test-support/servers/redis'
import { startCluster } from '@sitecache/test-support/servers/redis-cluster'
import { startSentinelSet } from '@sitecache/test-support/servers/redis-sentinel'
import { undoAll } from '@sitecache/test-support/undo'
import { Cluster, Redis } from 'ioredis'

jest.setTimeout(120_000)

const server = await startRedis()
const undo: (() => unknown)[] = []
afterEach(() => undoAll(undo))
afterAll(() => server.stop())

async function members(url: string, count = 2): Promise<[Member, Member]> {
  const all = await Promise.all(Array.from({ length: count }, () => new Member(url).ready()))
  undo.push(async () => {
    expect(await Promise.all(all.map((member) => member.end()))).toEqual(all.map(() => 0))
  })
  const [first, second] = all
  if (first === undefined || second === undefined) throw new Error('two members at least')
  return [first, second]
}

/** Waits until messages reach a member from another: their subscriptions take a moment. */
async function connected(one: Member, other: Member): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    let i = 0
    await from.ask('set', 'hello', i)
    const first = await to.ask('get', 'hello')
    const heard = async () => (await to.ask('get', 'hello')).value !== first.value
    await until(async () => {
      await from.ask('set', 'hello', ++i)
      return heard()
    })
  }
}

/**
 * Has one member write a key that the other holds near, and waits until that one knows: by itself it would believe what
 * it holds for ten minutes. Answers what it held.
 */
async function propagated(one: Member, other: Member, write: () => Promise<unknown>): Promise<unknown> {
  await until(async () => {
    await one.ask('set', 'page', 'old')
    return (await other.ask('get', 'page')).value === 'old'
  })
  const vanished = other.ask('vanish', 'page')
  await write()
  return (await vanished).value
}

/**
 * The same with a purge that is said again until the other has heard of it: between servers of which one was killed,
 * Redis loses messages.
 */
async function propagatedInTheEnd(one: Member, other: Member): Promise<unknown> {
  return propagated(one, other, async () => {
    let isHeard = false
    void other.ask('heard').then(() => {
      isHeard = true
    })
    await until(async () => {
      await one.ask('delete', 'page')
      return isHeard
    })
  })
}

describe('a purge in one process reaches the near store of another', () => {
  it.each<[string, (one: Member) => Promise<unknown>]>([
    ['delete', (one) => one.ask('delete', 'page')],
    ['set', (one) => one.ask('set', 'page', 'new')],
    ['clear', (one) => one.ask('clear')],
  ])('by %s', async (_, write) => {
    const [one, other] = await members(server.url)
    await connected(one, other)
    expect(await propagated(one, other, () => write(one))).toBe('old')
  })

  it('though its subscription is cut at that moment, and its message lost', async () => {
    const [one, other] = await members(server.url)
    await connected(one, other)
    const held = await propagated(one, other, async () => {
      await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
      return one.ask('delete', 'page')
    })
    expect(held).toBe('old')
    expect(await propagated(one, other, () => one.ask('delete', 'page'))).toBe('old')
  })

  it('after its server was killed and started again', async () => {
    const own = await startRedis()
    undo.push(() => own.stop())
    const [one, other] = await members(own.url)
    await connected(one, other)
    await one.ask('set', 'page', 'old')
    expect((await other.ask('get', 'page')).value).toBe('old')
    const vanished = other.ask('vanish', 'page')
    await own.kill()
    await own.start()
    // Nobody purged it: what was near when the connection was lost can't be trusted.
    expect((await vanished).value).toBe('old')
    await connected(one, other)
    expect(await propagated(one, other, () => one.ask('delete', 'page'))).toBe('old')
  })

  it('on a Cluster, also when the node that it listened to is killed', async () => {
    const cluster = await startCluster({ failsOver: true, args: ['--cluster-require-full-coverage', 'no'] })
    undo.push(() => cluster.stop())
    const [one, other] = await members(cluster.url)
    await connected(one, other)
    expect(await propagated(one, other, () => one.ask('delete', 'page'))).toBe('old')
    // The first that was named is the first to be listened to.
    await cluster.masters[0]?.kill()
    await until(async () => /role:master/.test(String(await cluster.replicas[0]?.ask('INFO', 'replication'))))
    await connected(one, other)
    expect(await propagatedInTheEnd(one, other)).toBe('old')
  })

  it('behind Sentinel, also after a failover', async () => {
    const set = await startSentinelSet()
    undo.push(() => set.stop())
    const [one, other] = await members(set.url)
    await connected(one, other)
    await set.leader.kill()
    await until(async () => /role:master/.test(String(await set.replicas[0]?.ask('INFO', 'replication'))))
    await connected(one, other)
    expect(await propagatedInTheEnd(one, other)).toBe('old')
  })
})

describe('redisBus', () => {
  function open(...args: Parameters<typeof redisBus>): InvalidationBus {
    const bus = redisBus(...args)
    undo.push(() => bus.close?.())
    return bus
  }

  /** A bus that listens, with what it has heard; it listens when this resolves. */
  async function listening(...args: Parameters<typeof redisBus>) {
    const bus = open(...args)
    const heard: string[] = []
    let flows = 0
    bus.subscribe((message) => heard.push(message))
    bus.onReconnect(() => flows++)
    await until(() => flows > 0)
    return { bus, heard, flows: () => flows }
  }

  it('carries messages to all who listen, itself included, and to no other database or channel', async () => {
    const [a, b, elsewhere, apart] = await Promise.all([
      listening(server.url),
      listening(server.url),
      listening(`${server.url}/1`),
      listening(server.url, { channel: 'mine' }),
    ])
    await a.bus.publish('ż1')
    await b.bus.publish('2')
    await until(() => a.heard.length === 2 && b.heard.length === 2)
    expect([a.heard, b.heard, elsewhere.heard, apart.heard]).toEqual([['ż1', '2'], ['ż1', '2'], [], []])
  })

  it('tells of each time that it was disconnected, and ends what was subscribed', async () => {
    const { bus, heard, flows } = await listening(server.url)
    const more: string[] = []
    const unsubscribe = bus.subscribe((message) => more.push(message))
    for (let i = 2; i < 5; i++) {
      await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await until(() => flows() === i)
    }
    await bus.publish('1')
    await until(() => heard.length === 1)
    unsubscribe()
    await bus.publish('2')
    await until(() => heard.length === 2)
    expect(more).toEqual(['1'])
  })

  it('notices a server that has fallen silent', async () => {
    const own = await startRedis()
    undo.push(() => own.stop())
    const failures: string[] = []
    const { flows } = await listening(own.url, { onError: ({ message }) => failures.push(message) })
    own.pause()
    await until(() => failures.length > 0)
    own.resume()
    await until(() => flows() === 2)
    expect(failures).toEqual([expect.stringMatching(/stopped answering/)])
  })

  it('rejects what it can not publish, and says what is wrong with listening', async () => {
    const own = await startRedis()
    await own.ask('ACL', 'SETUSER', 'mute', 'on', '>pw', '~*', '+@all', 'resetchannels')
    const failures: string[] = []
    const bus = open(`redis://mute:pw@127.0.0.1:${own.port}`, {
      onError: ({ message }) => failures.push(message),
    })
    bus.subscribe(() => {})
    await until(() => failures.length > 0)
    await expect(bus.publish('1')).rejects.toThrow(/NOPERM/)
    await own.stop()
    await expect(bus.publish('1')).rejects.toThrow(/127\.0\.0\.1/)
    expect(failures.join()).toMatch(/NOPERM/)
    expect(failures.join()).not.toMatch(/pw/)
  })

  it('goes by clients of the application, which stay open', async () => {
    const cluster = await startCluster()
    undo.push(() => cluster.stop())
    const clients = [
      new Redis(server.port, '127.0.0.1'),
      new Cluster(cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }))),
    ]
    for (const client of clients) {
      undo.push(() => client.disconnect())
      const { bus, heard } = await listening(client)
      await bus.publish('1')
      await until(() => heard.length === 1)
      await bus.close?.()
      expect(await client.ping()).toBe('PONG')
    }
  })
})
