import { describe, expect, it } from '@jest/globals'
import { createCaches, guardStore, memoryStore, tieredStore } from '@sitecache/core'
import { decorateStore } from '@sitecache/core/store'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { LocalBus } from '@sitecache/test-support/local-bus'
import { metrics } from '../src/index.js'
import { valuesOf } from './support.js'

describe('a store that fails', () => {
  it('is down, with its errors by operation', async () => {
    const store = new FaultyStore()
    const caches = createCaches({ default: { store: guardStore(store, { failures: 2, retryMs: 60_000 }) } })
    caches.get('default').on('error', () => undefined)
    const numbers = metrics({ caches })
    const labels = 'cache="default",store="faulty"'
    await caches.get('default').get('a')
    expect(await valuesOf(numbers, 'sitecache_store_up')).toEqual({ [`{${labels}}`]: 1 })
    store.failure = new Error('refused')
    for (let i = 0; i < 3; i++) await caches.get('default').get('a')
    expect(await valuesOf(numbers, 'sitecache_store_up')).toEqual({ [`{${labels}}`]: 0 })
    const errors = await valuesOf(numbers, 'sitecache_errors_total')
    expect(errors[`{${labels},operation="get"}`]).toBe(3)
    const operations = await valuesOf(numbers, 'sitecache_store_operation_duration_seconds')
    expect(operations).toMatchObject({
      [`_count{${labels},operation="get",outcome="miss"}`]: 1,
      [`_count{${labels},operation="get",outcome="error"}`]: 3,
    })
    store.failure = undefined
    await caches.close()
  })

  it('is late', async () => {
    const store = new FaultyStore()
    const caches = createCaches({ default: { store: guardStore(store, { timeoutMs: 1 }) } })
    caches.get('default').on('error', () => undefined)
    const numbers = metrics({ caches })
    store.pause()
    await caches.get('default').get('a')
    store.resume()
    const operations = await valuesOf(numbers, 'sitecache_store_operation_duration_seconds')
    const late = '_count{cache="default",store="faulty",operation="get",outcome="timeout"}'
    expect(operations[late]).toBe(1)
    await caches.close()
  })
})

describe('a store in memory that a decorator makes wait', () => {
  it('is of this process all the same', async () => {
    const store = decorateStore(memoryStore(), async (_operation, run) => run())
    const caches = createCaches({ default: { store } })
    await caches.get('default').set('a', 1)
    const entries = await valuesOf(metrics({ caches }), 'sitecache_store_entries')
    expect(entries).toEqual({ '{cache="default",store="memory",tier="near"}': 1 })
    await caches.close()
  })
})

describe('a tiered store', () => {
  it('has the numbers of both tiers, and of its bus, once for all caches on it', async () => {
    const [bus, far] = [new LocalBus(), new FaultyStore()]
    const other = tieredStore(memoryStore(), new FaultyStore(), { bus })
    const store = tieredStore(memoryStore({ maxBytes: 50_000 }), far, { bus })
    const caches = createCaches({ default: { store, keyPrefix: 'a' }, b: { store, keyPrefix: 'b' } })
    const numbers = metrics({ caches })
    await caches.get('default').set('key', 1)
    await caches.get('default').get('key')
    await other.delete('elsewhere')
    bus.failure = new Error('gone')
    await caches.get('b').set('key', 1)
    expect(await valuesOf(numbers, 'sitecache_bus_messages_total')).toEqual({
      '{direction="sent"}': 1,
      '{direction="received"}': 1,
    })
    expect(await valuesOf(numbers, 'sitecache_bus_lost_total')).toEqual({ '{direction="sent"}': 1 })
    const limits = await valuesOf(numbers, 'sitecache_store_limit_bytes')
    expect(limits).toMatchObject({ '{cache="default",store="tiered faulty",tier="near"}': 50_000 })
    await caches.close()
    await other.close()
  })
})
