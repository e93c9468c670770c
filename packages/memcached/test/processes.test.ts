import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches } from '@sitecache/core'
import { memcachedStore } from '@sitecache/memcached'
import { memberFile } from '@sitecache/test-support/child'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'

let servers: Memcached[]
let names: string[]
let cache: Cache

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached()])
  names = servers.map(({ server }) => server)
  cache = createCaches({ default: { store: memcachedStore(names, { timeoutMs: 5000 }) } }).get('default')
})
afterAll(async () => {
  await cache.close()
  await Promise.all(servers.map((server) => server.stop()))
})

const worker = await memberFile(fileURLToPath(new URL('worker.mjs', import.meta.url)))

async function work(job: object): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [worker, JSON.stringify(job)])
  return JSON.parse(stdout)
}

const atOnce = (count: number, job: object) =>
  Promise.all(Array.from({ length: count }, (_, id) => work({ servers: names, ...job, id })))

describe('several processes at once', () => {
  it('lose no incr and no decr, also below zero', async () => {
    await cache.set('up', 0, null)
    await cache.set('down', 100, null)
    const sums = (await atOnce(5, { job: 'incr', times: 200 })) as number[][]
    expect(await cache.get('up')).toBe(1000)
    expect(await cache.get('down')).toBe(-900)
    // Each sum was answered once.
    expect(new Set(sums.flat()).size).toBe(1000)
  }, 30_000)

  it('let one of them add each key, also where one has expired or was cleared', async () => {
    const past = memcachedStore(names, { timeoutMs: 5000, now: () => Date.now() - 10_000 })
    for (let i = 0; i < 30; i += 1) await cache.set(`k${i}`, 'cleared', null)
    await cache.clear()
    for (let i = 30; i < 60; i += 1) await past.set(`:1:k${i}`, Buffer.from('1'), Date.now() - 5000)
    await past.close()
    const added = (await atOnce(5, { job: 'add', times: 90 })) as number[]
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(90)
    expect((await cache.getMany(Array.from({ length: 90 }, (_, i) => `k${i}`))).size).toBe(90)
  }, 30_000)
})
