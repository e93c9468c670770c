import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import { messagesOf, parseMessage } from './invalidation-bus.js'

describe('messages of the invalidation bus', () => {
  it('say what was told, whatever the keys', () => {
    const told = fc.record({
      from: fc.string(),
      keys: fc.array(fc.string({ unit: anyCharacter }), { maxLength: 2500 }),
      prefix: fc.option(fc.string(), { nil: undefined }),
    })
    fc.assert(
      fc.property(told, ({ from, keys, prefix }) => {
        const read = [...messagesOf({ from, keys, prefix })].map(parseMessage)
        expect(read.flatMap((one) => one?.keys ?? ['unread'])).toEqual(keys)
        expect(read.map((one) => one?.prefix).filter((one) => one !== undefined)).toEqual(
          prefix === undefined ? [] : [prefix],
        )
        expect(read.every((one) => one?.from === from)).toBe(true)
      }),
    )
  })

  it('are understood or not, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (message) => {
        expect(parseMessage(message)).toBeUndefined()
      }),
    )
  })

  it('of 1000 keys at the most', () => {
    const keys = Array.from({ length: 2001 }, (_, i) => String(i))
    const sizes = [...messagesOf({ from: 'x', keys })].map((message) => parseMessage(message)?.keys.length)
    expect(sizes).toEqual([1000, 1000, 1])
  })
})
