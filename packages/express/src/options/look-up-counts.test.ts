import { describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, memoryStore } from '@sitecache/core'
import type { LookUpDetails } from '@sitecache/http'
import { encodeKeyParts } from '@sitecache/http'
import { countLookUps, type LookUpCounts } from './look-up-counts.js'

const cacheOf = (): Cache => createCaches({ default: { store: memoryStore() } }).get('default')

function lookUp(route: string, url: string, headers: Record<string, string> = {}): LookUpDetails {
  return {
    event: { route, result: 'unstorable', purpose: undefined },
    at: 0,
    scheme: 'http',
    host: 'shop.example',
    url,
    recordKey: 'record',
    extraKey: encodeKeyParts({ kind: 'site' }),
    source: { headers, value: () => undefined },
    matching: {},
    inputs: Object.keys(headers),
  } as unknown as LookUpDetails
}

const valuesOf = (counts: LookUpCounts, route: string, name: string): number | undefined =>
  counts.splitsOf(route)?.parts.find((part) => part.name === name)?.values

describe('LookUpCounts', () => {
  it('forgets the older half of a thousand look-ups', () => {
    const counts = countLookUps(cacheOf())
    for (let i = 0; i < 1000; i += 1) counts.take(lookUp('/a', `/a?p=${i < 500 ? i : 'x'}`))
    expect(counts.splitsOf('/a')?.lookUps).toBe(1000)
    expect(valuesOf(counts, '/a', 'query:p')).toBe(501)
    counts.take(lookUp('/a', '/a?p=x'))
    expect(counts.splitsOf('/a')?.lookUps).toBe(501)
    expect(valuesOf(counts, '/a', 'query:p')).toBe(1)
  })

  it('keeps the hundred routes that were asked for last', () => {
    const counts = countLookUps(cacheOf())
    for (let i = 0; i < 100; i += 1) counts.take(lookUp(`/${i}`, '/'))
    counts.take(lookUp('/0', '/'))
    counts.take(lookUp('/100', '/'))
    expect(counts.splitsOf('/0')?.lookUps).toBe(2)
    expect(counts.splitsOf('/1')).toBeUndefined()
  })

  it('keeps so many values at most, whatever clients send', () => {
    const counts = countLookUps(cacheOf())
    for (let i = 0; i < 10_000; i += 1) {
      const parameters = Array.from({ length: 20 }, (_, p) => `p${p}=${i}`).join('&')
      counts.take(lookUp(`/${i % 25}`, `/?${parameters}`))
    }
    const routes = Array.from({ length: 25 }, (_, i) => counts.splitsOf(`/${i}`)).filter(
      (it) => it !== undefined,
    )
    const values = routes.flatMap(({ parts }) => parts.map((part) => part.values))
    expect(values.reduce((sum, one) => sum + one, 0)).toBeLessThan(110_000)
    expect(routes.length).toBeGreaterThan(1)
  })

  it('counts an input, whatever parameters a client makes up', () => {
    const counts = countLookUps(cacheOf())
    for (let i = 0; i < 40; i += 1)
      counts.take(lookUp('/a', `/a?${i}a=1&${i}b=2&${i}c=3`, { 'accept-language': `l${i}` }))
    expect(valuesOf(counts, '/a', 'accept-language')).toBe(40)
    expect(counts.splitsOf('/a')?.parts.length).toBeLessThanOrEqual(32)
  })
})
