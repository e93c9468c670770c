import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import * as core from '../index.js'
import {
  type CachesSettings,
  createCaches,
  dummyStore,
  memoryStore,
  SettingsError,
  UnknownCacheError,
} from '../index.js'
import { resolveCache } from '../internal.js'

describe('createCaches', () => {
  it('answers the same cache each time, and names those there are', () => {
    const caches = createCaches({ default: 'memory:', other: { store: memoryStore() } })
    expect(caches.get('default')).toBe(caches.get('default'))
    expect([[...caches], caches.has('nope')]).toEqual([['default', 'other'], false])
    expect(() => caches.get('nope')).toThrow(UnknownCacheError)
    expect(() => caches.get('nope')).toThrow(/default, other/)
  })

  it.each<[unknown, RegExp]>([
    [{ default: {} }, /caches\.default\.store is missing/],
    [{ default: { store: 1 } }, /caches\.default\.store must be a store .*; got 1/],
    [
      { default: { store: 'memory:', timeOut: 1 } },
      /caches\.default\.timeOut is not an option\. Did you mean timeout\?/,
    ],
    [{ default: { store: 'memory:', tags: [] } }, /caches\.default\.tags is not an option/],
    [
      { default: { store: 'memory:', timeout: 'soon' } },
      /caches\.default\.timeout must be seconds.*got 'soon'/,
    ],
    [
      { default: { store: 'memory:', version: 1.5 } },
      /caches\.default\.version must be a whole number; got 1\.5/,
    ],
    [{ default: { store: 'memory:', onError: 'ignore' } }, /onError must be 'miss' or 'throw'; got 'ignore'/],
    [{ default: 'memry:' }, /unknown scheme 'memry:'\. Did you mean memory:\?/],
    [{ default: 'memory:?max_entires=4' }, /maxEntires is not an option\. Did you mean maxEntries\?/],
    [{ default: 'memory:?max_entries=many' }, /maxEntries must be a whole number.*'many'/],
    [{ default: 'dummy:?max_entries=4' }, /a dummy store has no option maxEntries/],
    [[], /caches must be an object/],
  ])('refuses %j', (settings, message) => {
    expect(() => createCaches(settings as CachesSettings)).toThrow(SettingsError)
    expect(() => createCaches(settings as CachesSettings)).toThrow(message)
  })

  it.each([
    ['a', 'a:1', /^caches\.long\.keyPrefix must be .* shares with caches\.short: .* got 'a:1'\. Use 'a-1'/],
    ['a', 'a:b:c', /Use 'a-b-c', or a store for each/],
    ['', ':1', /keys of the prefix ':1' are also keys of ''/],
  ])('refuses the prefixes %j and %j on one store, whichever comes first', (short, long, message) => {
    const store = memoryStore()
    const settings = {
      default: 'memory:',
      short: { store, keyPrefix: short },
      long: { store, keyPrefix: long },
    }
    expect(() => createCaches(settings)).toThrow(SettingsError)
    expect(() => createCaches(settings)).toThrow(message)
    expect(() => createCaches({ default: 'memory:', long: settings.long, short: settings.short })).toThrow(
      message,
    )
    // A store of its own has no keys of others.
    createCaches({ ...settings, short: { ...settings.short, store: memoryStore() } })
    // Nor need keys of another form.
    createCaches({
      ...settings,
      long: { ...settings.long, keyFunction: (key) => `hashed${key}` },
    })
  })

  it('keeps caches on one store apart, by whatever prefixes it takes', async () => {
    const word = fc.stringMatching(/^[a1:-]{0,4}$/)
    await fc.assert(
      fc.asyncProperty(word, word, word, word, async (a, b, key, other) => {
        fc.pre(a !== b)
        const store = memoryStore()
        const settings = { default: 'memory:', a: { store, keyPrefix: a }, b: { store, keyPrefix: b } }
        if (a.startsWith(`${b}:`) || b.startsWith(`${a}:`)) {
          expect(() => createCaches(settings)).toThrow(/keyPrefix must be another/)
          return
        }
        const caches = createCaches(settings)
        await caches.get('a').set(key, 'of a')
        await caches.get('b').set(other, 'of b', { version: 11 })
        expect(await caches.get('a').get(key)).toBe('of a')
        await caches.get('a').clear()
        expect(await caches.get('b').get(other, { version: 11 })).toBe('of b')
      }),
    )
  })

  it('never shows credentials', () => {
    const message = (url: string) => {
      try {
        createCaches({ default: { store: url, wrong: url } as unknown as string })
      } catch (error) {
        return String(error)
      }
      return ''
    }
    expect(message('redis://joe:hunter2@[bad')).not.toMatch(/hunter2/)
    expect(() => createCaches({ default: 'redis://joe:hun/t@er2@h:bad' })).toThrow(/^(?!.*er2)/)
    expect(() =>
      createCaches({ default: { store: 'memory:', version: 'redis://joe:hunter2@h' as never } }),
    ).toThrow(/\*\*\*@h/)
  })

  it.each([
    'memory:?max_entries=2&timeout=1&key_prefix=p&version=3',
    'locmem:///?maxEntries=2&timeout=1s&keyPrefix=p&version=3',
  ])('reads %s', async (url) => {
    let time = 0
    const cache = createCaches({ default: url }, { now: () => time }).get('default')
    for (const key of ['a', 'b', 'c']) await cache.set(key, 1)
    expect([cache.makeKey('k'), (await cache.stats()).entries]).toEqual(['p:3:k', 2])
    time = 1001
    expect(await cache.has('c')).toBe(false)
  })

  it('closes a store after the last cache that uses it, and then answers misses', async () => {
    const store = memoryStore()
    const close = jest.spyOn(store, 'close')
    const caches = createCaches({ default: 'memory:', a: { store }, b: { store, onError: 'throw' } })
    await caches.get('a').set('k', 1)
    const { entries } = caches.get('a')
    expect(entries.get(':1:k')).toBeDefined()
    await caches.get('a').close()
    expect(entries.get(':1:k')).toBeUndefined()
    expect(close).not.toHaveBeenCalled()
    await caches.close()
    await caches.close()
    expect(close).toHaveBeenCalledTimes(1)
    expect(await caches.get('a').get('k')).toBeUndefined()
    await expect(caches.get('b').get('k')).rejects.toThrow(/cache 'b' is closed/)
  })

  it('waits in idle() for writes under way', async () => {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const slow = Object.assign(dummyStore(), { sync: undefined, set: () => finished })
    const caches = createCaches({ default: { store: slow } })
    const events: string[] = []
    void caches.get('default').entries.set('k', Buffer.from('x'), null)
    const idle = caches.idle().then(() => events.push('idle'))
    events.push('before')
    finish()
    await idle
    expect(events).toEqual(['before', 'idle'])
  })
})

describe('the process-wide caches', () => {
  it('keep their listeners when they are configured, until these are taken away', async () => {
    const heard: string[] = []
    const listen = (name: string) => () => void heard.push(name)
    const stayed = listen('stayed')
    core.cache.on('set', stayed)
    const stop = core.cache.on('set', listen('stopped'))
    core.configure({ default: { store: memoryStore(), keyPrefix: 'heard' } })
    await core.cache.set('a', 1)
    stop()
    core.configure({ default: { store: memoryStore(), keyPrefix: 'heard again' } })
    await core.cache.set('a', 1)
    core.cache.off('set', stayed)
    await core.cache.set('a', 2)
    expect(heard).toEqual(['stayed', 'stopped', 'stayed'])
  })

  it('have a default that stays one object, whenever it was bound to a name', async () => {
    const { cache } = core
    const { get } = cache
    core.configure({ default: { store: memoryStore(), keyPrefix: 'after' } })
    await cache.set('k', 'kept')
    expect([await core.caches.get('default').get('k'), await resolveCache(undefined).get('k')]).toEqual([
      'kept',
      'kept',
    ])
    expect([cache instanceof core.Cache, 'keyPrefix' in cache, cache.keyPrefix, await get('k')]).toEqual([
      true,
      true,
      'after',
      undefined,
    ])
    expect(cache.makeKey('k')).toBe('after:1:k')
    expect(jest.spyOn(cache, 'get').mockResolvedValue('spied') && (await cache.get('k'))).toBe('spied')
    jest.restoreAllMocks()
    expect(await cache.get('k')).toBe('kept')
  })

  it('are one memory store until configured, and then what was configured', async () => {
    await core.cache.set('k', 1)
    const { cache } = core
    expect(core.caches.get('default')).toBe(cache)
    core.configure({ default: { store: memoryStore(), keyPrefix: 'shop' }, pages: 'dummy:' })
    expect([core.cache.keyPrefix, core.caches.get('default') === core.cache, [...core.caches]]).toEqual([
      'shop',
      true,
      ['default', 'pages'],
    ])
    expect(resolveCache('pages')).toBe(core.caches.get('pages'))
    expect([resolveCache(undefined), resolveCache(cache)]).toEqual([
      resolveCache('default'),
      resolveCache('default'),
    ])
    expect(resolveCache(undefined).keyPrefix).toBe('shop')
    expect(() => resolveCache('nope')).toThrow(UnknownCacheError)
    // @ts-expect-error default is missing
    expect(() => core.configure({ pages: 'dummy:' })).toThrow(SettingsError)
    expect(core.caches.has('default')).toBe(true)
  })
})

describe('Meter', () => {
  it('computes details only when someone listens, and bounds reasons', () => {
    const { meter } = createCaches({ default: 'dummy:' }).get('default')
    const detail = jest.fn(() => ({ url: '/a' }))
    meter.store(detail)
    expect(detail).not.toHaveBeenCalled()
    const heard = jest.fn()
    subscribe('sitecache:store', heard)
    meter.store(detail)
    unsubscribe('sitecache:store', heard)
    expect(heard).toHaveBeenCalledWith({ cache: 'default', url: '/a' }, 'sitecache:store')
    for (let i = 0; i < 1000; i++) meter.skip(`reason ${i}`)
    expect(Object.keys(meter.stats({}).skips).length).toBeLessThanOrEqual(101)
  })
})

describe('a cache without tags', () => {
  it('takes no room for them', () => {
    const before = process.memoryUsage().arrayBuffers
    const made = Array.from({ length: 20 }, () =>
      createCaches({ default: { store: memoryStore() } }).get('default'),
    )
    // Its store's own are 128 KiB; the arrays of an LRU cache of 10,000 tags are 80 kB, and of their verdicts 160 kB.
    expect((process.memoryUsage().arrayBuffers - before) / made.length).toBeLessThan(150_000)
  })
})
