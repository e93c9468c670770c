import { describe, expect, it } from '@jest/globals'
import { withoutPrivate } from './without-private.js'

describe('withoutPrivate', () => {
  it.each([
    ['private', ''],
    ['max-age=60, private', 'max-age=60'],
    ['PRIVATE , max-age=60', 'max-age=60'],
    ['private="set-cookie", max-age=60', 'private="set-cookie", max-age=60'],
    ['ext="a, private, b", private', 'ext="a, private, b"'],
    ['', ''],
  ])('makes of %j %j', (value, without) => {
    expect(withoutPrivate(value)).toBe(without)
  })
})
