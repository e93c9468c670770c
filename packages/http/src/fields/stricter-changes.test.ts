import { describe, expect, it } from '@jest/globals'
import { type CacheControlChanges, stricterChanges } from '../index.js'

describe('stricterChanges', () => {
  it.each<[CacheControlChanges, CacheControlChanges]>([
    [{ public: true, maxAge: 3600 }, {}],
    [{ 'Max-Age': 1, s_maxage: 2, sMaxage: 3, 'stale-if-error': 4, staleWhileRevalidate: 5 }, {}],
    [{ private: true, maxAge: 0, immutable: true }, { private: true }],
    [
      { noStore: true, 'no-cache': true, mustRevalidate: true },
      { noStore: true, 'no-cache': true, mustRevalidate: true },
    ],
  ])('of %j are %j', (changes, stricter) => expect(stricterChanges(changes)).toEqual(stricter))
})
