import { describe, expect, it } from '@jest/globals'
import { type KeyPart, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome, twins } from '@sitecache/test-support/twins'
import express from 'express'
import fc from 'fast-check'

const parts: readonly KeyPart[] = [
  ...[
    '',
    '0',
    '1',
    '-1',
    'null',
    'undefined',
    'NaN',
    'true',
    '"',
    '","',
    '[]',
    '1:a',
    'ä',
    '\ud800',
    '\ud801',
  ],
  ...[0, 1, -1, 0.5, true, false, undefined],
]
const lists = fc.array(fc.constantFrom(...parts), { maxLength: 3 })

const shown = (list: readonly KeyPart[]): string =>
  list
    .map((part) => `${typeof part} ${encodeURIComponent(JSON.stringify(part) ?? '')} ${Number(part)}`)
    .join('|')

describe('keyParts', () => {
  it('keep apart what the application keeps apart', async () => {
    let current: readonly KeyPart[] = []
    const site = siteCache({ cache: freshCache(), keyParts: () => current })
    const ask = await twins({ site }, ({ site }) =>
      express().use(site, (_req, res) => void res.send(shown(current))),
    )
    const singles = parts.map((part) => [part])
    for (const list of [[], ...singles]) {
      current = list
      expect(outcome(await ask('/'))).toBe('stored')
    }
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        current = list
        await ask('/')
        expect(outcome(await ask('/'))).toBe('hit')
      }),
      { numRuns: 60 },
    )
  }, 30_000)

  it.each([
    ['a function', () => 'tenant'],
    ['a Map', new Map([['tenant', 'a']])],
    ['an object', { tenant: 'a' }],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    // No finite number: it comes of a fault in the application, and would be one page for all.
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus infinity', Number.NEGATIVE_INFINITY],
  ])('that have no text of their own keep the cache out, and break nothing: %s', async (_name, part) => {
    const app = express().use(
      siteCache({ cache: freshCache(), keyParts: () => [part as unknown as KeyPart] }),
    )
    app.use((_req, res) => void res.send('page'))
    const url = await serve(app)
    for (let i = 0; i < 2; i += 1) {
      const response = await getRaw(url, '/')
      expect([response.status, response.body.toString()]).toEqual([200, 'page'])
      expect(headerOf(response, 'cache-status')).toBe('sitecache; fwd=bypass; detail=error')
    }
  })
})
