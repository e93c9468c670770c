import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { runMember } from '@sitecache/test-support/child'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { programFolder } from '@sitecache/test-support/workspace'

jest.setTimeout(40_000)

const server = await startRedis()
const caches = createCaches({ default: { store: redisStore(server.url, { timeoutMs: 2000 }) } })
const cache = caches.get('default')
const processes = 4

afterAll(async () => {
  await caches.close()
  await server.stop()
})
afterEach(() => server.ask('FLUSHALL'))

/** They begin together, with the cache and a counter in Redis at hand. */
const START = `
  import { createCaches } from '@sitecache/core'
  import { redisStore } from '@sitecache/redis'
  const caches = createCaches({ default: { store: redisStore(process.env.CACHE_URL, { timeoutMs: 2000 }) } })
  const cache = caches.get('default')
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
  const count = async (name) => (await cache.add(name, 1, null)) ? 1 : cache.incr(name)
  await count('here')
  while ((await cache.get('here')) < ${processes}) await pause(1)
`

const all = (program: string) =>
  Promise.all(Array.from({ length: processes }, () => runMember(START + program, { CACHE_URL: server.url })))

describe('several processes on one Redis', () => {
  it('compute a cold value once, with lock', async () => {
    const program = `
      const compute = async () => { await count('runs'); await pause(300); return process.pid }
      const values = await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('k', compute, { lock: true })))
      console.log(JSON.stringify([...new Set(values)]))
      await caches.close()`
    const outputs = (await all(program)).map(({ stdout }) => stdout.trim())
    expect(await cache.get('runs')).toBe(1)
    expect(new Set(outputs).size).toBe(1)
  })

  it('run one at a time under a lock, with tokens that grow', async () => {
    const program = `
      for (let i = 0; i < 15; i++) {
        await cache.lock('k', async ({ token }) => {
          // Not atomic: two at once would lose one.
          const { n, last } = (await cache.get('state')) ?? { n: 0, last: 0 }
          await pause(2)
          if (token <= last) throw new Error('a token that does not grow')
          await cache.set('state', { n: n + 1, last: token }, null)
        }, { timeout: '30s' })
      }
      await caches.close()`
    await all(program)
    expect(await cache.get('state')).toMatchObject({ n: processes * 15 })
  })

  it('never answer what was purged, once the purge has ended', async () => {
    const program = `
      let stale = 0
      const read = (key) => cache.getOrSet(key, async () => Number(await cache.get('truth:' + key)), { tags: ['tag ' + key] })
      for (let i = 0; i < 150; i++) {
        const key = 'k' + (i % 3)
        // Counted up, then purged: from then on nobody may see less.
        const truth = await count('truth:' + key)
        await cache.invalidateTags('tag ' + key)
        const values = await Promise.all([read(key), read(key)])
        if (values.some((value) => value < truth)) stale++
      }
      console.log(stale)
      await caches.close()`
    const outputs = (await all(program)).map(({ stdout }) => stdout.trim())
    expect(outputs).toEqual(['0', '0', '0', '0'])
  })

  it('do not wait for one that was killed longer than its lease', async () => {
    const program = `
      import { createCaches } from '@sitecache/core'
      const cache = createCaches({ default: process.env.CACHE_URL }).get('default')
      cache.getOrSet('k', () => { process.send('computing'); return new Promise(() => {}) }, { lock: true })
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: programFolder,
      env: { ...process.env, CACHE_URL: server.url },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await once(child, 'message')
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    const elapsed = stopwatch()
    expect(await cache.getOrSet('k', () => 'mine', { lock: true, lockTimeout: 30 })).toBe('mine')
    expect(elapsed()).toBeLessThan(9000)
  })

  it('don’t put a value that comes late, from one that stood still, in the place of a newer one', async () => {
    const program = `
      import { createCaches } from '@sitecache/core'
      const caches = createCaches({ default: process.env.CACHE_URL })
      const compute = () => { process.send('computing'); return new Promise((resolve) => setTimeout(resolve, 500, 'late')) }
      process.send(await caches.get('default').getOrSet('k', compute, { lock: true }))
      await caches.close()
      process.disconnect()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: programFolder,
      env: { ...process.env, CACHE_URL: server.url },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await once(child, 'message')
    child.kill('SIGSTOP')
    expect(await cache.getOrSet('k', () => 'newer', { lock: true, lockTimeout: 30 })).toBe('newer')
    child.kill('SIGCONT')
    expect(await once(child, 'message')).toEqual(['late', undefined])
    await once(child, 'exit')
    expect(await cache.get('k')).toBe('newer')
  })

  it('purge a tag of 20,000 values in a few round trips', async () => {
    const entries = Array.from({ length: 20_000 }, (_, i): [string, number] => [`k${i}`, i])
    for (let i = 0; i < entries.length; i += 5000)
      expect(await cache.setMany(entries.slice(i, i + 5000), { tags: ['all'] })).toEqual([])
    expect(await cache.get('k7')).toBe(7)
    const calls = async () =>
      Number(/total_commands_processed:(\d+)/.exec(String(await server.ask('INFO', 'stats')))?.[1])
    const before = await calls()
    await cache.invalidateTags('all')
    expect((await calls()) - before).toBeLessThan(40)
    expect((await cache.getMany(entries.slice(0, 5000).map(([key]) => key))).size).toBe(0)
  })
})
