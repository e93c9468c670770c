import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { runMember } from '@sitecache/test-support/child'
import { type RedisServer, startRedis } from '@sitecache/test-support/servers/redis'
import { type RedisCluster, startCluster } from '@sitecache/test-support/servers/redis-cluster'
import { type SentinelSet, startSentinelSet } from '@sitecache/test-support/servers/redis-sentinel'

jest.setTimeout(40_000)

const server = await startRedis()
afterAll(() => server.stop())
afterEach(() => server.ask('FLUSHALL'))

describe('several processes at once', () => {
  const processes = 4
  const all = (program: string) =>
    Promise.all(
      Array.from({ length: processes }, () => {
        // However slow the machine: a late operation is a miss, and this counts.
        return runMember(program, { CACHE_URL: `${server.url}/?timeout_ms=20000` })
      }),
    )

  it('lose no incr', async () => {
    const program = `
      import { createCaches } from '@sitecache/core'
      const caches = createCaches({ default: process.env.CACHE_URL })
      const cache = caches.get('default')
      await cache.add('n', 0)
      for (let i = 0; i < 250; i++) await Promise.all([cache.incr('n', 3), cache.decr('n')])
      await caches.close()`
    await all(program)
    expect(await server.ask('GET', ':1:n')).toBe(String(processes * 250 * 2))
  })

  it('do not both succeed to add', async () => {
    const program = `
      import { createCaches } from '@sitecache/core'
      const caches = createCaches({ default: process.env.CACHE_URL })
      const cache = caches.get('default')
      // They begin together.
      await cache.incr('here', 1).catch(() => cache.add('here', 0).then(() => cache.incr('here', 1)))
      while ((await cache.get('here')) < ${processes}) await new Promise((resolve) => setTimeout(resolve, 1))
      let added = 0
      for (let i = 0; i < 500; i++) if (await cache.add('lease:' + i, process.pid)) added++
      console.log(added)
      await caches.close()`
    const added = (await all(program)).map(({ stdout }) => Number(stdout))
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(500)
  })
})

/** Asks for something once and for something else while it fails, closes, and has then to end by itself. */
const CLOSING = `
  import { createCaches } from '@sitecache/core'
  // Time that this process was given: a late timer fires once.
  let time = 0
  setInterval(() => { time += 10 }, 10).unref()
  const caches = createCaches({ default: process.env.CACHE_URL })
  const cache = caches.get('default')
  const errors = []
  cache.on('error', ({ error }) => errors.push(error.message))
  for (let i = 0; i < 5; i++) {
    await Promise.all([cache.set('k', i), cache.get('k'), cache.getMany(['a', 'b']), cache.clear().catch(() => undefined), cache.stats()])
  }
  const closing = time
  await caches.close()
  process.on('exit', () => console.log(JSON.stringify({ errors: errors.length, ms: time - closing })))`

async function closes(url: string): Promise<{ errors: number; ms: number }> {
  const { stdout, stderr } = await runMember(CLOSING, { CACHE_URL: url })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe('a tiered cache from a URL', () => {
  it('does not keep a process that never used it nor closed it', async () => {
    const program = `
      import { createCaches } from '@sitecache/core'
      createCaches({ default: process.env.CACHE_URL + '?near=memory' })
      await new Promise((resolve) => setTimeout(resolve, 300))`
    expect(await runMember(program, { CACHE_URL: server.url })).toEqual({ stdout: '', stderr: '' })
  })
})

describe('a closed store lets its process end', () => {
  it('when all is well', async () => {
    expect(await closes(server.url)).toMatchObject({ errors: 0, ms: expect.any(Number) })
  })

  it.each<[string, (broken: RedisServer) => unknown]>([
    ['is not there', (broken) => broken.kill()],
    ['is paused', (broken) => broken.pause()],
    ['wants another password', (broken) => broken.ask('CONFIG', 'SET', 'requirepass', 'other')],
    ['is full', (broken) => broken.ask('CONFIG', 'SET', 'maxmemory', '1')],
    ['is a replica', (broken) => broken.ask('REPLICAOF', '127.0.0.1', '1')],
  ])('when its server %s', async (_, breaks) => {
    const broken = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
    try {
      await breaks(broken)
      const { errors, ms } = await closes(broken.url)
      expect(errors).toBeGreaterThan(0)
      expect(ms).toBeLessThan(3000)
    } finally {
      await broken.stop()
    }
  })

  it('when its address answers nothing', async () => {
    // TEST-NET-1 (RFC 5737): nobody is there.
    const { errors, ms } = await closes('redis://192.0.2.1:6379')
    expect(errors).toBeGreaterThan(0)
    expect(ms).toBeLessThan(3000)
  })

  describe('behind Sentinel', () => {
    let set: SentinelSet
    beforeAll(async () => {
      set = await startSentinelSet()
    })
    afterAll(() => set.stop())

    it('when all is well', async () => expect(await closes(set.url)).toMatchObject({ errors: 0 }))

    it.each<[string, (sentinel: RedisServer) => unknown]>([
      ['paused', (sentinel) => sentinel.pause()],
      ['gone', (sentinel) => sentinel.kill()],
    ])('when the sentinels are %s', async (_, breaks) => {
      await Promise.all(set.sentinels.map(breaks))
      const { errors, ms } = await closes(set.url)
      expect(errors).toBeGreaterThan(0)
      expect(ms).toBeLessThan(5000)
    })
  })

  describe('on a Cluster', () => {
    let cluster: RedisCluster
    beforeAll(async () => {
      cluster = await startCluster()
    })
    afterAll(() => cluster.stop())

    it('when all is well', async () => expect(await closes(cluster.url)).toMatchObject({ errors: 0 }))

    it.each<[string, (node: RedisServer) => unknown]>([
      ['paused', (node) => node.pause()],
      ['gone', (node) => node.kill()],
    ])('when the nodes are %s', async (_, breaks) => {
      await Promise.all([...cluster.masters, ...cluster.replicas].map(breaks))
      const { errors, ms } = await closes(cluster.url)
      expect(errors).toBeGreaterThan(0)
      expect(ms).toBeLessThan(5000)
    })
  })
})
