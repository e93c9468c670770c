import { parse as querystring } from 'node:querystring'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { outcome, twins } from '@sitecache/test-support/twins'
import cookieParser from 'cookie-parser'
import express, { type Request } from 'express'
import fc from 'fast-check'

/** Ways in which handlers come by a cookie. */
const readers: Readonly<Record<string, (req: Request) => unknown>> = {
  'cookie-parser': (req) => req.cookies.theme,
  'a loop in which the last counts': (req) =>
    Object.fromEntries((req.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))).theme,
  'a regular expression': (req) => /(?:^|;\s*)theme=([^;]*)/.exec(req.headers.cookie ?? '')?.[1],
  querystring: (req) => querystring(req.headers.cookie ?? '', '; ').theme,
}

describe.each(Object.entries(readers))('a bucket of cookies, read by %s', (_name, read) => {
  it('gives nobody the page of another’s cookie', async () => {
    const piece = fc.constantFrom(
      ...[
        'theme',
        'Theme',
        'th%65me',
        'x',
        '=',
        '=',
        'dark',
        'light',
        '"dark"',
        '; ',
        ';',
        ' ',
        '\t',
        '\xa0',
        ',',
        '$',
      ],
    )
    const made = fc.array(piece, { minLength: 1, maxLength: 9 }).map((pieces) => pieces.join(''))
    const plain = fc.constantFrom(
      'theme=dark',
      'theme=light',
      'x=1; theme=dark',
      'x=1',
      'theme=light; theme=dark',
    )
    const site = siteCache({ cache: freshCache(), buckets: { cookie: ['theme'] } })
    const ask = await twins({ site }, ({ site }) =>
      express().use(cookieParser(), site, (req, res) => {
        res.vary('Cookie').json({ theme: read(req) })
      }),
    )
    let page = 0
    let hits = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(made, plain), { minLength: 2, maxLength: 10 }), async (cookies) => {
        page += 1
        const visitors = [...cookies, 'theme=dark', 'theme=light']
        for (const cookie of visitors) {
          if (outcome(await ask(`/${page}`, [`Cookie: ${cookie}`])) === 'hit') hits += 1
        }
      }),
      { numRuns: 30 },
    )
    expect(hits).toBeGreaterThan(5)
  }, 30_000)
})
