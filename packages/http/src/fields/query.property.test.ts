import querystring from 'node:querystring'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import qs from 'qs'
import { type QueryOption, selectQuery } from '../index.js'

/** Names and separators by which parsers can be set at odds. */
const piece = fc.constantFrom(
  ...['page', 'p%61ge', 'utm_x', '%75tm_x', 'x', 'a', '=', '=1', '=2', '[', ']', '[]', '%5B%5D'],
  ...['&', '&', '&', ';', '#', '?', '+', '%', '%zz', '%26', '%3d', '%23', '%00', '/', '.', ''],
)
const queries = fc.oneof(
  fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')),
  fc
    .tuple(
      fc.constantFrom('x&', 'utm_x&', 'page&', '&'),
      fc.constantFrom(0, 99, 100, 101, 999, 1000),
      fc.array(piece),
    )
    .map(([member, count, pieces]) => member.repeat(count) + pieces.join('')),
)
const urls = queries.map((query) => `/path?${query}`)
const options = fc.constantFrom<QueryOption>(
  'exact',
  'sorted',
  { only: ['page', 'a'] },
  { only: ['p*'] },
  { only: [] },
  { except: ['utm_*'] },
  { except: ['x', 'page'] },
)

type Values = readonly (readonly [name: string, value: string])[]

const flat = (parsed: object): Values =>
  Object.entries(parsed).map(([name, value]) => [name, JSON.stringify(value)] as const)

/**
 * How handlers read a query: Express 5, Express 4, `new URL`, and one that parts at semicolons too.
 */
const parsers: Readonly<Record<string, (query: string) => Values>> = {
  querystring: (query) => flat(querystring.parse(query)),
  qs: (query) => flat(qs.parse(query)),
  URL: (query) => [...new URL(`http://a?${query}`).searchParams],
  semicolons: (query) => flat(qs.parse(query, { delimiter: /[&;]/ })),
}

function seen(url: string, parse: (query: string) => Values, option: QueryOption): Values {
  const [request = ''] = url.split('#')
  const values = parse(request.includes('?') ? request.slice(request.indexOf('?') + 1) : '')
  return values.filter(([name]) => counts(name, option)).sort(byName)
}

/** Stable: values of one name keep their order. */
const byName = ([a]: Values[number], [b]: Values[number]): number => (a < b ? -1 : a > b ? 1 : 0)

/** Does the application mean this name, as its handler finds it, to make another page? */
function counts(name: string, option: QueryOption): boolean {
  if (typeof option === 'string') return true
  // qs finds `a=[]` in `a=[]=1`; no handler asks for it.
  if (name.includes('=')) return false
  const readings = [name, /^\[\]|(?<=^\[?)[^[\]]+/.exec(name)?.[0] ?? name]
  const isIn = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) =>
      readings.some((reading) =>
        pattern.endsWith('*') ? reading.startsWith(pattern.slice(0, -1)) : reading === pattern,
      ),
    )
  return 'only' in option ? isIn(option.only) : !isIn(option.except)
}

describe('selectQuery', () => {
  it.each(Object.entries(parsers))(
    'never makes one of two URLs that a handler tells apart by what counts: %s',
    (_, parse) => {
      fc.assert(
        fc.property(urls, options, (url, option) => {
          // As it is idempotent, any two URLs with one selection are as good as each with its
          // selection.
          const selection = selectQuery(url, option)
          expect(seen(selection, parse, option)).toEqual(seen(url, parse, option))
        }),
        { numRuns: 1000 },
      )
    },
  )

  it('changes nothing more when it is done twice', () => {
    fc.assert(
      fc.property(urls, options, (url, option) => {
        const once = selectQuery(url, option)
        expect(selectQuery(once, option)).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves the path as it is, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), options, (text, option) => {
        const selection = selectQuery(text, option)
        expect(selection.split('?')[0]).toBe(text.split('?')[0])
        expect(selection.length).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})
