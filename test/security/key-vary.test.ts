import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { frameworks, type Handle } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { headerOf } from '@sitecache/test-support/raw'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express from 'express'
import fc from 'fast-check'

type Show = (req: IncomingMessage, name: string) => unknown

/** The request's own lines. */
const lines: Show = ({ rawHeaders }, name) =>
  rawHeaders.flatMap((own, i) => (i % 2 === 0 && own.toLowerCase() === name ? [rawHeaders[i + 1]] : []))

/** RFC 9111 §4.1: what is the same however its commas are spaced and its lines are divided. */
const meaning: Show = (req, name) => {
  const value = lines(req, name) as string[]
  const text = value.join(', ')
  if (value.length === 0) return null
  return /["\xa0]/.test(text) || name === 'cookie'
    ? text
    : text.replace(/^[ \t]+|[ \t]+$|[ \t]*(,)[ \t]*/g, '$1')
}

/** Shows the headers that the page varies by. */
function showing(vary: string | readonly string[], show: Show = lines): Handle {
  const names = [vary].flat().flatMap((line) => line.toLowerCase().split(/\s*,\s*/))
  return (req, res) => {
    res.setHeader('Vary', vary)
    // Explicitly fresh, as policy rfc9111 wants it.
    res.setHeader('Cache-Control', 'max-age=600')
    res.end(JSON.stringify(names.map((name) => [name, show(req, name)])))
  }
}

const application = (handler: Handle, policy: 'django' | 'rfc9111' = 'django'): Promise<Ask> =>
  twins({ site: siteCache({ cache: freshCache(), policy }) }, ({ site }) => (req, res) => {
    site(req, res, () => handler(req, res))
  })

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it('keeps apart what the headers named in Vary tell apart', async () => {
    const layers = { site: siteCache({ cache: freshCache() }) }
    const ask = await twins(layers, ({ site }) => framework.build([site], showing('X-A, X-B')))
    const heads = [
      ...[
        [],
        ['X-A: 1'],
        ['X-A:'],
        ['X-A: 1', 'X-B: 1'],
        ['X-A: 11'],
        ['X-A: 1X-B: 1'],
        ['X-A: 1,'],
        ['X-B: 1'],
      ],
      ...[
        ['X-A: a:b'],
        ['X-A: a', 'X-B: b'],
        ['X-A: "a"'],
        ["X-A: 'a'"],
        ['X-A: -'],
        ['X-A: 1:-'],
        ['X-A: undefined'],
      ],
      ...[
        ['X-A: a\tb'],
        ['X-A: a b'],
        ['X-A: \xe4'],
        ['X-A: \xc3\xa4'],
        ['X-A: %E4'],
        ['X-A: null'],
        ['X-B: a:b'],
      ],
    ]
    for (const head of heads) expect(outcome(await ask('/page', head))).toBe('stored')
    for (const head of heads) expect(outcome(await ask('/page', head))).toBe('hit')
  })
})

describe('a header named in Vary', () => {
  it('is the same in any letter case, with any white space around its value', async () => {
    const ask = await application(showing('x-A , ,X-a'))
    const same = ['X-A: 1', 'x-a:1', 'X-a:\t1 \t', 'X-A:    1']
    await ask('/', [same[0] ?? ''])
    for (const line of same) expect(outcome(await ask('/', [line]))).toBe('hit')
  })

  it.each([
    ['several lines', ['X-A: 1', 'X-A: 2']],
    ['several lines of Cookie', ['Cookie: a=1', 'Cookie: b=2']],
    ['an odd name', ["!#$%&'*+-.^_`|~: 1"]],
    ['a name that objects inherit', ['constructor: 1']],
    ['another', ['toString: 1']],
    ['another still', ['hasOwnProperty: 1']],
    ['the name __proto__', ['__proto__: 1']],
    ['the name __proto__ among others', ['X-A: 1', '__proto__: 1']],
    ['Connection, which names itself', ['Connection: X-A, close']],
    ['a header that Connection names', ['Connection: X-A', 'X-A: 1']],
    ['a header that Connection names, Cookie', ['Connection: Cookie', 'Cookie: a=1']],
    ['Host', ['Host: b.example']],
    ['Cache-Control', ['Cache-Control: no-cache']],
  ])('makes another page: %s', async (_name, own) => {
    const names = own.map((line) => line.split(':')[0] ?? '')
    const ask = await application(showing(names))
    for (let round = 0; round < 2; round += 1) {
      for (const head of [own, [], own.slice(0, 1), own.map((line) => `${line}0`)]) await ask('/', head)
    }
  })

  it.each([
    ['django', lines],
    ['rfc9111', meaning],
  ] as const)(
    'makes another page, whatever names and values there are: policy %s',
    async (policy, show) => {
      const field = fc.constantFrom('x-a', 'x-b', 'x-', '1', 'constructor', '__proto__', 'cookie')
      const text = fc.string({ unit: fc.constantFrom(...'a1:,- ;="\xe4\xa0'), maxLength: 4 })
      const line = fc.tuple(field, text).map(([name, value]) => `${name}: ${value}`)
      let hits = 0
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(field, { minLength: 1, maxLength: 3 }),
          fc.array(fc.array(line, { maxLength: 3 }), { minLength: 2, maxLength: 8 }),
          async (names, heads) => {
            const ask = await application(showing(names.join(', '), show), policy)
            for (const head of [...heads, ...heads]) if (outcome(await ask('/', head)) === 'hit') hits += 1
          },
        ),
        { numRuns: 40 },
      )
      expect(hits).toBeGreaterThan(50)
    },
    30_000,
  )
})

describe('Accept-Language under policy rfc9111', () => {
  const attacks = [
    ...[
      'fr;q=1e-9, en;q=0.9',
      'fr;q=x, en;q=0.9',
      'fr;q=, en;q=0.9',
      'fr;q=0.0000001, en;q=0.9',
      'en;q=0.9, fr;q=0',
    ],
    ...[
      'fr;Q=0, en;q=0.9',
      '"fr", en;q=0.9',
      'fr\xa0, en;q=0.9',
      'fr,, en;q=0.9',
      'fr;level=1;q=0, en;q=0.9',
      'en;q=.9, fr;q=.1',
    ],
  ]

  it.each(attacks)('gives no victim a language that they want less: %j', async (attack) => {
    const ask = await twins({ site: siteCache({ cache: freshCache(), policy: 'rfc9111' }) }, ({ site }) =>
      express().use(site, (req, res) => {
        const language = String(req.acceptsLanguages(['en', 'fr']))
        res.set('Cache-Control', 'max-age=600').vary('Accept-Language').set('Content-Language', language)
        res.send(`page in ${language}`)
      }),
    )
    await ask('/', [`Accept-Language: ${attack}`])
    for (const victim of ['fr, en;q=0.9', 'en, fr;q=0.9', 'fr', 'en', 'fr;q=0, en;q=0.9', '*'])
      await ask('/', [`Accept-Language: ${victim}`])
  })
})

describe('Vary that names what can’t be known', () => {
  it.each(['*', 'X-A, *', '__proto__', 'X-A, __PROTO__'])('keeps nothing: %s', async (vary) => {
    const ask = await application(showing(vary))
    await ask('/')
    const second = await ask('/')
    expect(headerOf(second, 'cache-status')).toMatch(/detail=vary-star/)
  })
})
