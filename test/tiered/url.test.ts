import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { root } from '@sitecache/test-support/workspace'

let folder = ''

/** An application that has installed a package for `redis:`, which tells what it is given. */
beforeAll(async () => {
  folder = await temporaryFolder('url')
  const installed = join(folder, 'node_modules/@sitecache/redis')
  await mkdir(installed, { recursive: true })
  await writeFile(join(installed, 'package.json'), '{"name":"@sitecache/redis","main":"index.js"}')
  await writeFile(
    join(installed, 'index.js'),
    `exports.storeFromUrl = (url, { hosts, query }) => {
      console.log('store', url.host, hosts.join(), JSON.stringify(query))
      return globalThis.farStore
    }
    exports.busFromUrl = (url, { hosts, query }) => {
      console.log('bus', url.host, hosts.join(), JSON.stringify(query))
      return { publish: async () => console.log('published'), subscribe: () => () => {}, onReconnect: () => () => {} }
    }`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(url: string): Promise<string[]> {
  const core = JSON.stringify(pathToFileURL(join(root, 'packages/core/dist/index.js')).href)
  const program = `
    const { createCaches, guardStore, memoryStore } = await import(${core})
    globalThis.farStore = guardStore(memoryStore())
    try {
      const caches = createCaches({ default: ${JSON.stringify(url)} })
      const cache = caches.get('default')
      await cache.set('k', 'x'.repeat(5000))
      console.log(cache.store.near === undefined ? 'not near' : 'near', (await globalThis.farStore.get(':1:k')).value.length)
      console.log((await cache.get('k')).length, JSON.stringify((await cache.stats()).near))
      await caches.close()
    } catch (error) {
      console.log(String(error))
    }`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
  })
  return stdout.trim().split('\n')
}

describe('a URL whose scheme a package knows', () => {
  it('makes its store, with what is left of the query string', async () => {
    expect(await run('redis://me:pw@a:1;b:2/3?timeout_ms=9&timeout=60')).toEqual([
      'store a:1 a:1,b:2 {"timeoutMs":"9"}',
      'not near 5005',
      '5000 undefined',
    ])
  })

  it('compresses with compress=gzip', async () => {
    const [, stored = ''] = await run('redis://a:1?compress=gzip')
    expect(Number(/\d+/.exec(stored)?.[0])).toBeLessThan(200)
  })

  it('puts memory in front of it with near=memory, and takes its bus', async () => {
    expect(await run('redis://a:1,b:2?near=memory&near_timeout=2s&nearMaxBytes=100000&db=3')).toEqual([
      'store a:1 a:1,b:2 {"db":"3"}',
      'bus a:1 a:1,b:2 {"db":"3"}',
      'published',
      'near 5005',
      expect.stringMatching(/^5000 \{"entries":1,"bytes":57\d\d,"limitBytes":100000\}$/),
    ])
  })

  it.each([
    ['redis://a?near=file', /near must be 'memory'; got 'file'/],
    ['redis://a?near=memory&near_timeout=0', /nearTimeout must be more than 0 seconds/],
    ['memory:?near=memory', /near is not an option/],
    ['memcached://a', /needs the package @sitecache\/memcached: npm install @sitecache\/memcached/],
  ])('refuses %s', async (url, message) => {
    expect((await run(url)).join('\n')).toMatch(message)
  })
})
