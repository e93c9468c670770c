import { describe, expect, it } from '@jest/globals'
import { placeOf } from './in-handler.js'

describe('the place of a frame', () => {
  it.each([
    ['    at make (/app/site.js:1:2)', '/app/site.js:1:2'],
    ['    at make (file:///app/site.mjs:1:2)', 'file:///app/site.mjs:1:2'],
    ['    at /app/my site (copy)/site.js:1:2', '/app/my site (copy)/site.js:1:2'],
    ['    at async make (C:\\Users\\Ada B\\site.js:1:2)', 'C:\\Users\\Ada B\\site.js:1:2'],
    ['    at async /app/site.js:1:2', '/app/site.js:1:2'],
    ['    at async Promise.all (index 0)', 'an unknown place'],
  ])('is, of "%s", %s', (frame, place) => {
    expect(placeOf(frame)).toBe(place)
  })
})
