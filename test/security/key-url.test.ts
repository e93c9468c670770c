import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { frameworks, type Handle } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, exchangeRaw, headerOf, parseRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome, twins } from '@sitecache/test-support/twins'
import express, { Router } from 'express'
import fc from 'fast-check'

/** All that a handler can know of the URL. */
const echo: Handle = (req, res) => {
  const { url, originalUrl, baseUrl, query, path } = req as IncomingMessage & Record<string, unknown>
  res.end(JSON.stringify({ url, originalUrl, baseUrl, path, query }))
}

/** Request targets that one part of an application or another takes for the same. */
const targets = [
  ...[
    '/page',
    '/page/',
    '/page//',
    '//page',
    '/./page',
    '/page/.',
    '/page/./',
    '/page/../page',
    '/x/../page',
  ],
  ...[
    '/%70age',
    '/pag%65',
    '/page%2f',
    '/page%2F',
    '/page/%2e',
    '/page/%2E',
    '/page/%2e%2e/page',
    '/page%00',
  ],
  ...[
    '/page;',
    '/page;x',
    '/page;x=1',
    '/page;jsessionid=1',
    '/page,',
    '/page%3b',
    '/page%20',
    '/page%0d%0a',
  ],
  ...[
    '/page?',
    '/page?&',
    '/page?=',
    '/page??',
    '/page?a',
    '/page?a=',
    '/page?a=1',
    '/page?a=1&',
    '/page?&a=1',
  ],
  ...['/page?a=1&a=2', '/page?a=2&a=1', '/page?a=1,2', '/page?a[]=1&a[]=2', '/page?a%5B%5D=1', '/page?%61=1'],
  ...[
    '/page?a=%31',
    '/page?A=1',
    '/page?a=1&b=2',
    '/page?b=2&a=1',
    '/page?a=1;b=2',
    '/page?a=1%26b=2',
    '/page?a+b',
  ],
  ...[
    '/page?a%20b',
    '/page#',
    '/page#a',
    '/page?#a=1',
    '/page?a=1#',
    '/page?a=1#&b=2',
    '/page/#',
    '/page\\',
    '/page/..\\',
  ],
  ...[
    '/PAGE',
    '/Page',
    '/page.css',
    '/page/x.css',
    '/page/.css',
    '/page%2e.css',
    '/page;.css',
    '/page%3f.css',
    '/page?.css',
  ],
  ...[
    '/page?GET',
    '/page?a=http://a.example/page',
    '/page?__proto__=1',
    '/page?constructor=1',
    '/page?a=\xe4',
    '/page?a=\xc3\xa4',
  ],
  ...['http://a.example/page', 'http://b.example/page', 'HTTP://a.example/page', 'https://a.example/page'],
  ...[
    'http://a.example:80/page',
    'http://user@a.example/page',
    'http://a.example//page',
    'http://a.example?/page',
  ],
]

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it('never takes one target for another', async () => {
    const layers = { first: updateCache({ cache: freshCache() }), last: fetchFromCache() }
    const ask = await twins(layers, ({ first, last }) => framework.build([first, last], echo))
    // What the application itself has no page for is no page; what it has is a page of its own.
    for (const target of targets) expect([target, outcome(await ask(target))]).not.toEqual([target, 'hit'])
    let hits = 0
    for (const target of targets) if (outcome(await ask(target)) === 'hit') hits += 1
    expect(hits).toBeGreaterThan(40)
  })
})

describe('any two targets that differ', () => {
  const piece = fc.constantFrom(
    ...[
      '/',
      '/',
      'a',
      'b',
      '.',
      '..',
      '%2e',
      '%2f',
      '%',
      ';',
      '?',
      '&',
      '=',
      '#',
      '//',
      '\\',
      ':',
      '@',
      '~',
      '1',
    ],
  )
  const target = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`)

  it.each(['exact', 'sorted', { only: ['a'] }, { except: ['b'] }] as const)(
    'are kept apart by query %p',
    async (query) => {
      // What the option takes out of the key, the application has said that it doesn't show.
      const answer = (req: express.Request): string =>
        query === 'exact' ? req.originalUrl : JSON.stringify(req.query.a ?? '')
      const site = siteCache({ cache: freshCache(), query })
      const ask = await twins({ site }, ({ site }) =>
        express().use(site, (req, res) => void res.send(`${req.path.length} ${req.path} ${answer(req)}`)),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(target, { minLength: 3, maxLength: 6 }), async (list) => {
          for (const each of list) await ask(each)
        }),
        { numRuns: 60 },
      )
    },
    30_000,
  )
})

describe('a mounted application', () => {
  it('has no page in common with its neighbours', async () => {
    const layers = { first: updateCache({ cache: freshCache() }), last: fetchFromCache() }
    const ask = await twins(layers, ({ first, last }) => {
      const inner = Router().use(last).use(echo)
      return express().use(first).use('/a', inner).use('/a/b', inner).use('/b', inner).use(inner)
    })
    const paths = [
      '/a',
      '/a/',
      '/a/b',
      '/a/b/',
      '/b',
      '/b/',
      '/',
      '/ab',
      '/a?b',
      '/a/?b',
      '/?b',
      '/b?b',
      '//a',
      '/a//b',
      '/A',
    ]
    for (let round = 0; round < 2; round += 1) for (const path of paths) await ask(path)
    for (const path of paths) expect(outcome(await ask(path))).toBe('hit')
  })
})

describe('a method', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'PURGE', 'REPORT'])(
    'of its own has no page of a GET, and leaves none: %s',
    async (method) => {
      const site = siteCache({ cache: freshCache() })
      const url = await serve((req, res) => site(req, res, () => res.end(`${req.method}`)))
      const ask = async (name: string) =>
        parseRaw(
          await exchangeRaw(
            url,
            `${name} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
          ),
        )
      for (const [name, expected] of [
        [method, method],
        ['GET', 'GET'],
        [method, method],
        ['GET', 'GET'],
      ] as const) {
        const response = await ask(name)
        expect(bodyOf(response).toString()).toBe(expected)
        if (name === method) expect(headerOf(response, 'cache-status')).toBe('sitecache; fwd=method')
      }
    },
  )

  it.each(['get', 'Get', 'GETS', 'GET\t', ' GET'])(
    'that HTTP does not know reaches nobody: %j',
    async (method) => {
      let renders = 0
      const site = siteCache({ cache: freshCache() })
      const url = await serve((req, res) =>
        site(req, res, () => {
          renders += 1
          res.end('page')
        }),
      )
      const response = parseRaw(
        await exchangeRaw(url, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      )
      expect([response.status, renders]).toEqual([400, 0])
    },
  )
})
