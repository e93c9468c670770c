import type { RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore, siteCache } from '@sitecache/express'
import { frameworks, type Use } from '@sitecache/test-support/applications'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, type RawResponse } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome } from '@sitecache/test-support/twins'
import fc from 'fast-check'

type Write = (res: ServerResponse) => unknown

/** Ways of writing a head, each with what a hit is most likely to lose. */
const writers: Readonly<Record<string, Write>> = {
  'setHeader, in this order': (res) => {
    for (const name of ['x-b', 'X-A', 'X-c', 'ETag', 'link', 'Content-Language'])
      res.setHeader(name, `of ${name}`)
  },
  'setHeader with lists': (res) => {
    res.setHeader('Link', ['<1>', '<2>', '<1>'])
    res.setHeader('SET-cookie', ['a=1; Path=/', 'b="2"; HttpOnly', 'a=3'])
    res.setHeader('X-Empty', ['', ''])
  },
  appendHeader: (res) => {
    res.appendHeader('x-a', '1')
    res.appendHeader('Set-Cookie', 'a=1')
    res.appendHeader('X-A', '2')
    res.appendHeader('Set-Cookie', ['b=2', 'c=3'])
  },
  'writeHead with an object': (res) =>
    res.writeHead(200, { 'x-b': '1', 'X-A': ['2', '3'], 'Set-Cookie': ['a=1', 'b=2'], 'X-Number': '0' }),
  'writeHead with an array': (res) =>
    res.writeHead(200, ['x-b', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-a', '3', 'X-a', '3']),
  'writeHead with a reason': (res) => res.writeHead(200, 'All right, then', { 'X-A': 'x' }),
  'values with white space, quotes, commas and what is not ASCII': (res) => {
    res.setHeader('X-A', 'a,  b ,"c, d"\t; e')
    res.setHeader('X-B', '\xe4\xff')
    res.setHeader('X-C', '')
  },
  'odd names': (res) => {
    for (const name of ["!#$%&'*+-.^_`|~", '0', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      res.setHeader(name, 'x')
  },
  'a head that is flushed first': (res) => {
    res.setHeader('X-A', '1')
    res.flushHeaders()
  },
}

/** Written anew by whoever answers. */
const own = [
  'age',
  'cache-status',
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-powered-by',
]
const added = ['cache-control', 'expires']

function shown({ reason, headers }: RawResponse): unknown {
  const kept = headers.filter(([name]) => ![...own, ...added].includes(name.toLowerCase()))
  return { reason, headers: kept }
}

/** Of a text, Node writes the head in the body's encoding, UTF-8: values that are not ASCII come out longer, without any cache. */
const body = Buffer.from('page')

/** Without a framework: once it has set a header, Node 20 loses the repetitions in an array. */
const bare =
  (write: Write): RequestListener =>
  (_req, res) => {
    write(res)
    res.end(body)
  }

const nothing: Use = (_req, _res, next) => next()

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it.each(Object.entries(writers))('a hit has the head that was written: %s', async (_name, write) => {
    const build = (site: Use) =>
      framework.build([site], (_req, res) => {
        write(res)
        res.end(body)
      })
    const plain = await getRaw(await serve(bare(write)), '/page')
    const caches = createCaches({ default: { store: memoryStore() }, bytes: { store: new ByteStore() } })
    for (const cache of ['default', 'bytes']) {
      const url = await serve(build(siteCache({ caches, cache, setCookie: 'store' })))
      const miss = await getRaw(url, '/page')
      await caches.idle()
      const hit = await getRaw(url, '/page')
      expect([outcome(miss), outcome(hit)]).toEqual(['stored', 'hit'])
      expect(shown(miss)).toEqual(shown(plain))
      expect(shown(hit)).toEqual(shown(plain))
    }
  })
})

describe('a head of any names and values', () => {
  const names = fc.constantFrom('X-A', 'x-a', 'X-B', 'Link', 'Set-Cookie', 'set-cookie', 'Vary')
  const value = fc
    .string({ unit: fc.constantFrom(...'aZ09 ,;="\\\t\xa0\xe4'), maxLength: 8 })
    .map((text) => text.trim())
  const fields = fc.array(fc.tuple(names, value), { maxLength: 8 })

  /** Values in their order, by name: where names take turns, their places among each other mean nothing (RFC 9110 §5.3). */
  function values({ headers }: RawResponse): unknown {
    const lists = new Map<string, string[]>()
    for (const [name, text] of headers) {
      const lower = name.toLowerCase()
      if (![...own, ...added].includes(lower)) lists.set(lower, [...(lists.get(lower) ?? []), text])
    }
    return [...lists].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  it.each(['an array', 'setHeader and appendHeader'])(
    'loses nothing: %s',
    async (way) => {
      let head: readonly (readonly [string, string])[] = []
      const build =
        (site: Use): RequestListener =>
        (req, res) => {
          site(req, res, () => {
            if (way === 'an array') return res.writeHead(200, head.flat()).end(body)
            for (const [name, text] of head) res.appendHeader(name, text)
            return res.end(body)
          })
        }
      const site = siteCache({ cache: freshCache(), setCookie: 'store' })
      const [url, plain] = [await serve(build(site)), await serve(build(nothing))]
      let page = 0
      await fc.assert(
        fc.asyncProperty(fields, async (list) => {
          head = list
          page += 1
          const truth = values(await getRaw(plain, `/${page}`))
          expect(values(await getRaw(url, `/${page}`))).toEqual(truth)
          const hit = await getRaw(url, `/${page}`)
          expect(outcome(hit)).toBe('hit')
          expect(values(hit)).toEqual(truth)
        }),
        { numRuns: 80 },
      )
    },
    30_000,
  )
})

describe('a head beyond all measure', () => {
  const heads: Readonly<Record<string, Write>> = {
    'one value of 100 KiB': (res) => res.setHeader('X-Large', 'x'.repeat(100 * 1024)),
    'one value of 3 MiB': (res) => res.setHeader('X-Large', 'x'.repeat(3 * 2 ** 20)),
    '5000 lines of one name': (res) =>
      res.setHeader(
        'X-Many',
        Array.from({ length: 5000 }, (_, i) => `${i}`),
      ),
    '5000 names': (res) => {
      for (let i = 0; i < 5000; i += 1) res.setHeader(`X-${i}`, `${i}`)
    },
    'a Vary of 5000 names': (res) =>
      res.setHeader('Vary', Array.from({ length: 5000 }, (_, i) => `X-${i}`).join(', ')),
  }

  it.each(Object.entries(heads))('reaches every visitor as it is: %s', async (_name, write) => {
    const caches = createCaches({ default: { store: memoryStore() }, bytes: { store: new ByteStore() } })
    for (const cache of ['default', 'bytes']) {
      const site = siteCache({ caches, cache })
      const url = await serve((req, res) =>
        site(req, res, () => {
          write(res)
          res.end(body)
        }),
      )
      const first = await getRaw(url, '/')
      for (let i = 0; i < 2; i += 1) {
        await caches.idle()
        const next = await getRaw(url, '/')
        expect([next.status, next.body.toString()]).toEqual([200, 'page'])
        expect(shown(next)).toEqual(shown(first))
      }
    }
  })
})
