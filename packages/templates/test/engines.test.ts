import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it, jest } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { fragmentKey } from '@sitecache/templates'
import { passSeconds } from '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { engines } from './engines.js'
import { site } from './views.js'

describe.each(Object.entries(engines))('%s', (_, engine) => {
  const { block, text, call, value, each, include } = engine
  const around = (inner: string) => text('a') + inner + text('b')
  const ticking = block({ timeout: '60', body: call('tick') })

  it('renders a block once, and shows what it wrote from then on', async () => {
    const { show, ticks } = await site(engine, { page: around(ticking) })
    expect(await show('page')).toBe('a[1]b')
    expect(await show('page')).toBe('a[1]b')
    expect(ticks()).toBe(1)
  })

  it('uses the same contexts for all pages: a process keeps each that was ever used', async () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run')
    const { show } = await site(engine, { page: around(ticking) })
    await show('page')
    const contexts = new Set(run.mock.contexts)
    for (let i = 0; i < 10; i++) await show('page')
    expect(new Set(run.mock.contexts).size).toBe(contexts.size)
    expect(run.mock.calls.length).toBeGreaterThan(0)
  })

  it('keeps a fragment for its time and no longer', async () => {
    const { show } = await site(engine, { page: block({ timeout: '2', body: call('tick') }) })
    expect(await show('page')).toBe('[1]')
    passSeconds(1)
    expect(await show('page')).toBe('[1]')
    passSeconds(2)
    expect(await show('page')).toBe('[2]')
  })

  it('takes the timeout from a variable', async () => {
    const { show } = await site(engine, { page: block({ timeout: 'seconds', body: call('tick') }) })
    expect(await show('page', { seconds: 5 })).toBe('[1]')
    passSeconds(6)
    expect(await show('page', { seconds: '1h' })).toBe('[2]')
    passSeconds(3000)
    expect(await show('page', { seconds: 0 })).toBe('[3]')
    expect(await show('page', { seconds: 5 })).toBe('[2]')
    passSeconds(3600)
    expect(await show('page', { seconds: null })).toBe('[4]')
    passSeconds(10 ** 9)
    expect(await show('page', { seconds: 5 })).toBe('[4]')
  })

  it.each([['soon'], [Number.NaN], [{}], [undefined], [true]])(
    'names a timeout that is none, as it renders: %p',
    async (seconds) => {
      const { show, ticks } = await site(engine, { page: block({ timeout: 'seconds', body: call('tick') }) })
      expect(await show('page', { seconds })).toMatch(/fragment 'box'\.timeout must be seconds/)
      expect(ticks()).toBe(0)
    },
  )

  it('varies on values, that no other values are taken for', async () => {
    const { show, caches } = await site(engine, {
      page: block({ timeout: '60', vary: 'user', body: call('tick') }),
    })
    expect(await show('page', { user: 'a' })).toBe('[1]')
    expect(await show('page', { user: 'b' })).toBe('[2]')
    expect(await show('page', { user: 'a' })).toBe('[1]')
    await caches.get('default').delete(fragmentKey('box', ['a']))
    expect(await show('page', { user: 'a' })).toBe('[3]')
    await caches.get('default').set(fragmentKey('box', ['a']), '<b>written</b>')
    expect(await show('page', { user: 'a' })).toBe('<b>written</b>')
  })

  it('keeps what was written: escaped once', async () => {
    const { show } = await site(engine, { page: block({ timeout: '60', body: value('text') }) })
    const first = await show('page', { text: '<i>"&' })
    expect(first).toMatch(/^&lt;i&gt;(&quot;|&#34;)&amp;$/)
    expect(await show('page', { text: 'other' })).toBe(first)
  })

  it("uses the cache 'fragments' if there is one, and the one that using names", async () => {
    const caches = createCaches({ default: 'memory:', fragments: 'memory:', local: 'memory:' })
    const page = `${ticking}${block({ timeout: '60', name: 'other', using: 'which', body: call('tick') })}`
    const { show } = await site(engine, { page }, caches)
    const data = { which: 'local' }
    expect(await show('page', data)).toBe('[1][2]')
    await caches.get('default').clear()
    expect(await show('page', data)).toBe('[1][2]')
    await caches.get('fragments').clear()
    expect(await show('page', data)).toBe('[3][2]')
    await caches.get('local').clear()
    expect(await show('page', data)).toBe('[3][4]')
  })

  it('names a cache that is not configured, as it renders', async () => {
    const { show, ticks } = await site(engine, {
      page: block({ timeout: '60', using: 'which', body: call('tick') }),
    })
    expect(await show('page', { which: 'lokal' })).toContain(
      "no cache 'lokal' is configured; there are: default",
    )
    expect(ticks()).toBe(0)
  })

  it('renders a fragment once for all who ask meanwhile', async () => {
    const { show, ticks } = await site(engine, { page: ticking })
    const shown = await Promise.all(Array.from({ length: 20 }, () => show('page')))
    expect(new Set(shown)).toEqual(new Set(['[1]']))
    expect(ticks()).toBe(1)
  })

  it('nests', async () => {
    const inner = block({ timeout: '60', name: 'inner', body: call('tick') })
    const { show, caches } = await site(engine, {
      page: block({ timeout: '60', body: around(call('tick') + inner) }),
    })
    expect(await show('page')).toBe('a[1][2]b')
    expect(await show('page')).toBe('a[1][2]b')
    await caches.get('default').delete(fragmentKey('box'))
    expect(await show('page')).toBe('a[3][2]b')
  })

  it('works in loops and in included views', async () => {
    const row = block({ timeout: '60', name: 'row', vary: 'item', body: `${value('item')}${call('tick')}` })
    const { show } = await site(engine, { page: around(each(include('row'))), row })
    expect(await show('page', { items: [7, 8, 7] })).toBe('a7[1]8[2]7[1]b')
    expect(await show('page', { items: [8, 9] })).toBe('a8[2]9[3]b')
  })

  it('shows the error of a block, keeps nothing of it, and renders it anew', async () => {
    const { show } = await site(engine, { page: block({ timeout: '60', body: call('fail') }) })
    const fail = () => {
      throw new Error('out of order')
    }
    expect(await show('page', { fail })).toContain('out of order')
    expect(await show('page', { fail: () => 'fine' })).toBe('fine')
  })

  it.each(['miss', 'throw'] as const)('renders the block when the store fails (%s)', async (onError) => {
    const store = new FaultyStore()
    const caches = createCaches({ default: { store, onError } })
    const { show } = await site(engine, { page: around(ticking) }, caches)
    store.failure = new Error('down')
    expect(await show('page')).toBe('a[1]b')
    expect(await show('page')).toBe('a[2]b')
    store.failure = undefined
    expect(await show('page')).toBe('a[3]b')
    expect(await show('page')).toBe('a[3]b')
  })

  it('renders anew what is no fragment under its key', async () => {
    const { show, caches } = await site(engine, { page: ticking })
    await caches.get('default').set(fragmentKey('box'), { html: 5 })
    expect(await show('page')).toBe('[1]')
    expect(await show('page')).toBe('[1]')
  })
})
