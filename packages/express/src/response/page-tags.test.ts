import { describe, expect, it } from '@jest/globals'
import { tagHeaderValue } from './page-tags.js'

describe('tagHeaderValue', () => {
  const tags = Array.from({ length: 3000 }, (_, i) => `article-${i}`)

  it.each(['Cache-Tag', 'Surrogate-Key', 'Cache-Groups'])(
    'of %s fits into a head that clients take',
    (header) => {
      const value = tagHeaderValue(header, tags) ?? ''
      expect(value.length).toBeLessThanOrEqual(8 * 1024)
      expect(value.length).toBeGreaterThan(6 * 1024)
      expect(value.split(/[ ,]+/).every((tag) => /^"?article-\d+"?$/.test(tag))).toBe(true)
    },
  )

  it('has all of a few tags', () => expect(tagHeaderValue('Cache-Tag', ['a', 'b'])).toBe('a,b'))
})
