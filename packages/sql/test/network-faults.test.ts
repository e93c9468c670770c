import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { startTcpProxy, type TcpProxy } from '@sitecache/test-support/servers/tcp-proxy'
import { testFolder } from '@sitecache/test-support/workspace'
import { type Databases, openDatabases } from './databases.js'
import { cacheOn, expectHitsAgain, expectMisses, watchFaults } from './faults.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
watchFaults()
afterAll(() => databases.stop())

describe.each(['PostgreSQL', 'MariaDB'] as const)('a network that loses the connections to %s', (kind) => {
  let proxy: TcpProxy
  beforeEach(async () => {
    proxy = await startTcpProxy(Number(new URL(databases.url(kind)).port))
  })
  afterEach(() => proxy.stop())

  it('is outlived: connections that answer nothing are given up', async () => {
    const url = new URL(databases.url(kind))
    url.port = String(proxy.port)
    const { cache, errors } = await cacheOn(url.href, { poolSize: 1 })
    proxy.freeze()
    await expectMisses(cache, errors)
    proxy.thawForNewConnections()
    await expectHitsAgain(cache)
  }, 60_000)

  it('is outlived: connections that are reset in the middle of a query', async () => {
    const url = new URL(databases.url(kind))
    url.port = String(proxy.port)
    const { cache } = await cacheOn(url.href, { timeoutMs: 5000 })
    for (let i = 0; i < 3; i += 1) {
      proxy.freeze()
      const waiting = [cache.get('k'), cache.get('k'), cache.set('other', 1)]
      // They are on their way when the connections break.
      await new Promise((resolve) => setTimeout(resolve, 100))
      proxy.cut()
      expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined])
      proxy.thawForNewConnections()
    }
    await expectHitsAgain(cache)
  }, 60_000)
})

describe('a process that closes its caches', () => {
  it.each(['a server that answers', 'one that is not there', 'one that answers nothing'])(
    'ends by itself: %s',
    async (state) => {
      const proxy = await startTcpProxy(Number(new URL(databases.postgres.url).port))
      if (state === 'one that answers nothing') proxy.freeze()
      if (state === 'one that is not there') await proxy.stop()
      const program = `
        import { createCaches } from '@sitecache/core'
        process.on('unhandledRejection', (error) => { console.log('unhandled', error) })
        const caches = createCaches({ default: 'postgres://tester@127.0.0.1:${proxy.port}/postgres?table=unmade' })
        const cache = caches.get('default')
        await Promise.all([cache.set('k', 1), cache.get('k'), cache.incr('n').catch(() => {})])
        console.log((await cache.stats()).errors > 0)
        await caches.close()`
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
        cwd: testFolder,
        timeout: 25_000,
      })
      expect(stdout).toBe('true\n')
      await proxy.stop()
    },
    40_000,
  )
})
