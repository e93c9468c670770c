import { describe, expect, it } from '@jest/globals'
import { browserUse } from '../index.js'

const now = Date.UTC(2026, 0, 1)
const date = new Date(now).toUTCString()

describe('browserUse', () => {
  it.each([
    [{}, { seconds: undefined }],
    [{ 'cache-control': 'max-age=60, private' }, { seconds: 60 }],
    [{ 'cache-control': 's-maxage=600' }, { seconds: undefined }],
    [{ 'cache-control': 'no-store' }, { reason: 'no-store', seconds: 0 }],
    [{ 'cache-control': 'no-cache, max-age=60' }, { seconds: 0 }],
    [{ 'cache-control': 'max-age=60', 'set-cookie': 'a=b' }, { seconds: 60 }],
    [{ 'cache-control': 'max-age=60', vary: '*' }, { seconds: 0 }],
    [{ date, expires: new Date(now + 30_000).toUTCString() }, { seconds: 30 }],
    [{ date, expires: '0' }, { seconds: 0 }],
  ])('judges %j as a private cache does', (headers, use) => {
    expect(browserUse(headers, now)).toEqual(use)
  })
})
