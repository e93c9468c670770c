import { describe, expect, it } from '@jest/globals'
import { outcomeOf, outcomeOfError } from '../entries/operation-outcome.js'
import { StoreTimeoutError } from '../errors.js'
import { type Cache, type CacheEvent, createCaches, memoryStore } from '../index.js'

function heard(event: CacheEvent): { cache: Cache; details: Record<string, unknown>[] } {
  const cache = createCaches({ default: { store: memoryStore() } }).get('default')
  const details: Record<string, unknown>[] = []
  cache.on(event, ({ cache: _, ...detail }) => void details.push(detail))
  return { cache, details }
}

describe('the event value', () => {
  it('tells each look-up of a value with its result', async () => {
    const { cache, details } = heard('value')
    await cache.getOrSet('a', () => 1)
    await cache.get('a')
    await cache.getOrSet('b', () => Promise.reject(new Error('broken'))).catch(() => undefined)
    expect(details).toEqual([
      { key: ':1:a', result: 'miss' },
      { key: ':1:a', result: 'hit' },
      { key: ':1:b', result: 'error' },
    ])
  })
})

describe('the event compute', () => {
  it('tells how long a value took', async () => {
    const { cache, details } = heard('compute')
    await cache.getOrSet('a', () => 1)
    await cache.getOrSet('a', () => 1)
    expect(details).toEqual([{ key: ':1:a', ms: expect.any(Number) }])
  })
})

describe('the event operation', () => {
  it('tells the operations of the store that were waited for', async () => {
    const { cache, details } = heard('operation')
    await cache.get('a')
    await cache.set('a', 1)
    await cache.get('a')
    expect(details.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['get', 'miss'],
      ['set', 'ok'],
      ['get', 'ok'],
    ])
  })

  it('tells a timeout from another failure', () => {
    expect(outcomeOfError(new StoreTimeoutError('late'))).toBe('timeout')
    expect(outcomeOfError(new Error('refused'))).toBe('error')
    expect(outcomeOf('getMany', new Map())).toBe('miss')
    expect(outcomeOf('set', undefined)).toBe('ok')
  })
})

describe('the event invalidate', () => {
  it('tells by what, and whether it was soft', async () => {
    const { cache, details } = heard('invalidate')
    await cache.invalidateTags('news')
    await cache.invalidateTags('news', { soft: true })
    await cache.invalidateTags('sitecache:route:/a')
    await cache.clear()
    expect(details.map(({ tags }) => tags)).toEqual([['news'], ['news'], undefined, undefined])
    expect(details.map(({ by, mode }) => [by, mode])).toEqual([
      ['tag', 'hard'],
      ['tag', 'soft'],
      ['route', 'hard'],
      ['clear', 'hard'],
    ])
  })
})

describe('the event evict', () => {
  it('tells for which limit, and whether the entry was ever read', async () => {
    const cache = createCaches({ default: { store: memoryStore({ maxEntries: 1 }) } }).get('default')
    const details: unknown[] = []
    cache.on('evict', (detail) => void details.push(detail))
    await cache.set('a', 1)
    await cache.set('b', 2)
    expect(details).toEqual([{ cache: 'default', key: ':1:a', cause: 'count', isUnused: true }])
  })
})
