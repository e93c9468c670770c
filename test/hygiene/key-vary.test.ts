import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import fc from 'fast-check'
import { frameworks, type Handle } from '../support/applications.js'
import { freshCache } from '../support/cache.js'
import { headerOf } from '../support/raw.js'
import { type Ask, outcome, twins } from '../support/twins.js'

/** Shows the request's own lines of the headers that the page varies by. */
function showing(vary: string | readonly string[]): Handle {
  const names = [vary].flat().flatMap((line) => line.toLowerCase().split(/\s*,\s*/))
  return (req, res) => {
    const shown = req.rawHeaders.flatMap((name, i) =>
      i % 2 === 0 && names.includes(name.toLowerCase()) ? [[name.toLowerCase(), req.rawHeaders[i + 1]]] : [],
    )
    res.setHeader('Vary', vary)
    res.end(JSON.stringify(shown))
  }
}

const application = (handler: Handle): Promise<Ask> =>
  twins({ site: siteCache({ cache: freshCache() }) }, ({ site }) => (req, res) => {
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
    for (const lines of heads) expect(outcome(await ask('/page', lines))).toBe('stored')
    for (const lines of heads) expect(outcome(await ask('/page', lines))).toBe('hit')
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
  ])('makes another page: %s', async (_name, lines) => {
    const names = lines.map((line) => line.split(':')[0] ?? '')
    const ask = await application(showing(names))
    for (let round = 0; round < 2; round += 1) {
      for (const head of [lines, [], lines.slice(0, 1), lines.map((line) => `${line}0`)]) await ask('/', head)
    }
  })

  it('makes another page, whatever names and values there are', async () => {
    const field = fc.constantFrom('x-a', 'x-b', 'x-', '1', 'constructor', '__proto__', 'x-a1')
    const text = fc.string({ unit: fc.constantFrom(...'a1:,- ;="\xe4'), maxLength: 4 })
    const line = fc.tuple(field, text).map(([name, value]) => `${name}: ${value}`)
    let hits = 0
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(field, { minLength: 1, maxLength: 3 }),
        fc.array(fc.array(line, { maxLength: 3 }), { minLength: 2, maxLength: 8 }),
        async (names, heads) => {
          const ask = await application(showing(names.join(', ')))
          for (const lines of [...heads, ...heads]) if (outcome(await ask('/', lines)) === 'hit') hits += 1
        },
      ),
      { numRuns: 40 },
    )
    expect(hits).toBeGreaterThan(50)
  }, 30_000)
})

describe('Vary that names what can’t be known', () => {
  it.each(['*', 'X-A, *', '__proto__', 'X-A, __PROTO__'])('keeps nothing: %s', async (vary) => {
    const ask = await application(showing(vary))
    await ask('/')
    const second = await ask('/')
    expect(headerOf(second, 'cache-status')).toMatch(/detail=vary-star/)
  })
})
