import { describe, expect, it } from '@jest/globals'
import { doctor } from '@sitecache/doctor'
import { explain, getPageKey, warm } from '@sitecache/express'
import { metrics } from '@sitecache/metrics'

describe('a call that is wrong', () => {
  it.each<readonly [string, () => unknown, RegExp]>([
    [
      'getPageKey',
      () => getPageKey('https://a.example/' as never),
      /^getPageKey\(\): page must be an object with a url/,
    ],
    ['warm', () => warm('https://a.example/' as never), /^warm\(\): urls must be a list of URLs/],
    ['warm', () => warm(undefined as never), /^warm\(\): urls must be a list of URLs/],
    [
      'explain',
      () => explain(undefined as never),
      /^explain\(\): target must be a request, or an object with a url/,
    ],
    ['explain', () => explain({ url: Object.create(null) }), /^explain needs an absolute URL/],
    ['metrics', async () => metrics(null as never), /^metrics must be an object of options; got null$/],
    ['doctor', async () => doctor(null as never), /^doctor must be an object of options; got null$/],
  ])('says what is allowed: %s', async (_, call, message) => {
    await expect(call()).rejects.toMatchObject({
      code: 'ERR_SITECACHE_SETTINGS',
      message: expect.stringMatching(message),
    })
  })
})
