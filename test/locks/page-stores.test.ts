import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it, jest } from '@jest/globals'
import { sqlStore } from '@sitecache/sql'
import { ask } from '@sitecache/test-support/ask'
import { startMemcached } from '@sitecache/test-support/servers/memcached'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { sharedPostgres } from '@sitecache/test-support/servers/shared'
import { rendersOf, startSites } from '@sitecache/test-support/site-process'
import { stopwatch } from '@sitecache/test-support/stopwatch'

jest.setTimeout(60_000)

/** A store of a kind, by its URL, and what ends it. */
type Started = readonly [url: string, stop: () => Promise<unknown>]

const stopping: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(stopping.map((stop) => stop())))

async function startSql(url: string, stop: () => Promise<unknown>): Promise<Started> {
  const store = sqlStore(url, { timeoutMs: 10_000 })
  await store.createTable()
  await store.close()
  return [url, stop]
}

const stores: Readonly<Record<string, () => Promise<Started>>> = {
  memcached: async () => {
    const server = await startMemcached()
    return [`memcached://${server.server}`, () => server.stop()]
  },
  PostgreSQL: async () => startSql((await sharedPostgres()).url, async () => {}),
  SQLite: async () => {
    const folder = await temporaryFolder('sqlite')
    return startSql(`sqlite://${join(folder, 'cache.db')}`, () => rm(folder, { recursive: true }))
  },
  files: async () => {
    const folder = await temporaryFolder('file')
    return [`file://${folder}`, () => rm(folder, { recursive: true, force: true })]
  },
  'Redis behind memory': async () => {
    const server = await startRedis()
    return [`${server.url}/?near=memory`, () => server.stop()]
  },
}

describe.each(Object.entries(stores))('two processes on one store: %s', (_, start) => {
  it('render a cold page once, and begin a render of one that was killed', async () => {
    const [url, stop] = await start()
    stopping.push(stop)
    const patient = `${url}${url.includes('?') ? '&' : '?'}timeout_ms=10000`
    const sites = await startSites(2, patient, { lock: true, lockTimeout: 20 })
    const [one, other] = sites
    if (one === undefined || other === undefined) throw new Error('there are two')
    const askBoth = (path: string) =>
      Promise.all(Array.from({ length: 40 }, (_, i) => ask((i % 2 === 0 ? one : other).url(path))))
    await Promise.all(sites.map((site) => site.behave({ ms: 600 })))
    const answers = await askBoth('/cold')
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1)
    expect(rendersOf(sites)).toBe(1)
    await one.behave({ ms: 60_000 })
    const before = one.renders
    const killed = ask(one.url('/killed')).catch(() => 'hung up')
    while (one.renders === before) await new Promise((resolve) => setTimeout(resolve, 5))
    one.signal('SIGKILL')
    expect(await killed).toBe('hung up')
    const elapsed = stopwatch()
    const more = await Promise.all(Array.from({ length: 20 }, () => ask(other.url('/killed'))))
    // Its lease is two seconds; memcached may keep a second longer.
    expect(elapsed()).toBeLessThan(6000)
    expect(new Set(more.map(({ status, body }) => `${status} ${body}`)).size).toBe(1)
    expect(more[0]?.status).toBe(200)
    await Promise.all([one.end(), other.end()])
  })
})
