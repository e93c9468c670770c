import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCaches, type Store } from '@sitecache/core'
import { memcachedStore } from '@sitecache/memcached'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'
import { raw } from './raw.js'

let servers: Memcached[]
let here: Store
let there: Store
const value = Buffer.from('value')

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached()])
  const names = servers.map(({ server }) => server)
  here = memcachedStore(names, { timeoutMs: 5000 })
  there = memcachedStore(names, { timeoutMs: 5000 })
})
beforeEach(() => here.clear(''))
afterAll(async () => {
  await Promise.all([here.close(), there.close()])
  await Promise.all(servers.map((server) => server.stop()))
})

const keys = (prefix: string) => Array.from({ length: 40 }, (_, i) => `${prefix}1:${i}`)
const fill = (store: Store, prefix: string) =>
  store.setMany(new Map(keys(prefix).map((key) => [key, value])), null)
const left = async (store: Store, prefix: string) => (await store.getMany(keys(prefix))).size

describe('clear', () => {
  it('is seen by every other process at once, on every server', async () => {
    await fill(here, 'a:')
    await fill(there, 'b:')
    expect(await left(there, 'a:')).toBe(40)
    await here.clear('a:')
    expect([await left(there, 'a:'), await left(there, 'b:')]).toEqual([0, 40])
    expect(await there.get('a:1:0')).toBeUndefined()
    expect(await there.has('a:1:1')).toBe(false)
    expect(await there.touch('a:1:2', null)).toBe(false)
    expect(await there.incr('a:1:3', 1)).toBeUndefined()
    expect(await there.delete('a:1:4')).toBe(false)
    expect(await there.add('a:1:5', value, null)).toBe(true)
    expect(await here.get('a:1:5')).toBeDefined()
  })

  it('does not drop what another process sets afterwards, though it has not heard of it', async () => {
    await fill(there, 'a:')
    await here.clear('a:')
    await fill(there, 'a:')
    expect([await left(here, 'a:'), await left(there, 'a:')]).toEqual([40, 40])
  })

  it('again and again, of one prefix in another, drops what it says', async () => {
    for (const prefix of ['a:', 'a:b:', 'c:']) await fill(here, prefix)
    await here.clear('a:b:')
    expect([await left(there, 'a:'), await left(there, 'a:b:'), await left(there, 'c:')]).toEqual([40, 0, 40])
    await fill(there, 'a:b:')
    await there.clear('a:')
    expect([await left(here, 'a:'), await left(here, 'a:b:'), await left(here, 'c:')]).toEqual([0, 0, 40])
    await fill(there, 'a:b:')
    expect(await left(here, 'a:b:')).toBe(40)
  })

  it('by several at once is lost by none', async () => {
    const prefixes = Array.from({ length: 20 }, (_, i) => `p${i}:`)
    for (const prefix of [...prefixes, 'q:']) await fill(here, prefix)
    await Promise.all(prefixes.map((prefix, i) => (i % 2 ? here : there).clear(prefix)))
    for (const prefix of prefixes) expect(await left(here, prefix)).toBe(0)
    expect(await left(here, 'q:')).toBe(40)
  })

  it('of more prefixes than are kept apart drops more, never less', async () => {
    for (let i = 0; i < 300; i += 1) {
      const prefix = `p${i}:`
      await here.set(`${prefix}k`, value, null)
      await there.clear(prefix)
      expect(await here.get(`${prefix}k`)).toBeUndefined()
    }
    await here.set('p1:k', value, null)
    expect(await there.get('p1:k')).toBeDefined()
    expect((await there.getMany(Array.from({ length: 300 }, (_, i) => `p${i}:k`))).size).toBe(1)
  })

  it('of a cache leaves another cache, and what is not ours', async () => {
    const caches = createCaches({
      default: 'memory:',
      a: { store: here, keyPrefix: 'a' },
      b: { store: here, keyPrefix: 'b' },
    })
    await raw(servers[0]?.server ?? '', 'set a:1:foreign 0 0 1\r\nx')
    await caches.get('a').set('k', 1)
    await caches.get('b').set('k', 2)
    await caches.get('a').clear()
    expect([await caches.get('a').get('k'), await caches.get('b').get('k')]).toEqual([undefined, 2])
    expect(await raw(servers[0]?.server ?? '', 'get a:1:foreign')).toMatch(/VALUE/)
  })
})

describe('a server that lost its note of what was cleared', () => {
  it.each([
    ['dropped', 'delete sitecache~clears'],
    ['replaced by something else', 'set sitecache~clears 0 0 3\r\nabc'],
  ])('because it was %s, has no entries rather than some that were cleared', async (_how, command) => {
    await fill(here, 'a:')
    await here.clear('a:')
    await fill(here, 'b:')
    for (const { server } of servers) await raw(server, command)
    expect([await left(there, 'a:'), await left(there, 'b:')]).toEqual([0, 0])
    expect(await there.get('b:1:0')).toBeUndefined()
    await fill(there, 'b:')
    await fill(here, 'c:')
    expect([await left(here, 'a:'), await left(here, 'b:'), await left(there, 'c:')]).toEqual([0, 40, 40])
    await here.clear('b:')
    expect(await left(there, 'b:')).toBe(0)
  })
})
