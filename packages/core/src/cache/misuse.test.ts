import { describe, expect, it } from '@jest/globals'
import { createCaches } from '../index.js'

const cache = () => createCaches({ default: 'memory:' }).get('default')
const never: never = undefined as never

describe('a call that is wrong', () => {
  it.each<readonly [string, () => unknown, RegExp]>([
    [
      'an event that there is not',
      () => cache().on('exchanges' as never, () => undefined),
      /^cache\.on\(\): event must be one of hit, miss, .*; got 'exchanges'$/,
    ],
    ['an event of Object', () => cache().on('toString' as never, () => undefined), /event must be one of/],
    ['an event to hear no more', () => cache().off('x' as never, () => undefined), /event must be one of/],
    [
      'a listener that is none',
      () => cache().on('hit', 'x' as never),
      /^cache\.on\(\): listener must be a function; got 'x'$/,
    ],
    ['nothing to wrap', () => cache().wrap(never), /^wrap\(\): fn must be a function; got undefined$/],
    [
      'a function of keys that makes none',
      () =>
        createCaches({ default: { store: 'memory:', keyFunction: () => 1 as never } })
          .get('default')
          .makeKey('a'),
      /^caches\.default\.keyFunction must be a function that returns a text; got 1$/,
    ],
  ])('says what is allowed: %s', (_, call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ code: 'ERR_SITECACHE_SETTINGS', message: expect.stringMatching(message) }),
    )
  })
})
