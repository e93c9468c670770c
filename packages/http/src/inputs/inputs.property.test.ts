import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cookiePairs } from './cookies.js'
import { countedHeaders, inputRules } from './ignore.js'
import { type InputSource, inputsKeyText } from './key-text.js'
import { mergeInputs } from './merge.js'
import { plainText } from './plain-value.js'

/**
 * A model of an application and of the cache before it: handlers that read any inputs in any order,
 * the next one depending on what the last one was, and a page that shows all that was read.
 */
interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly session: string | undefined
  readonly visitor: string | undefined
  readonly left: Readonly<Record<string, unknown>>
}

/** Reads an input; goes on by what it was: `next` has a handler for each of two kinds of values. */
interface Handler {
  readonly reads: string
  readonly next: readonly [Handler | undefined, Handler | undefined]
}

const rules = inputRules()

const readers: Readonly<Record<string, (request: Request) => unknown>> = {
  'x-tenant': ({ headers }) => headers['x-tenant'],
  'accept-language': ({ headers }) => headers['accept-language'],
  'header:session': ({ headers }) => headers.session,
  'cookie:theme': ({ headers }) => firstCookie(headers.cookie),
  // By Vary: Cookie, as Django has it: the whole header.
  cookie: ({ headers }) => headers.cookie,
  'cookie:*': ({ headers }) => usedCookies(headers.cookie),
  'header:*': ({ headers }) =>
    countedHeaders(headers, rules)
      .map((name) => [name, name === 'cookie' ? usedCookies(headers.cookie) : headers[name]])
      .filter(([, value]) => value !== undefined),
  session: ({ session }) => session,
  visitor: ({ visitor }) => visitor,
  'req:tenant': ({ left }) => left.tenant,
  'locals:cart': ({ left }) => left.cart,
}

function firstCookie(header: string | undefined): string | undefined {
  return cookiePairs(header).find(({ name }) => name === 'theme')?.value
}

/** Cookies that a handler without analytics uses; none of them: as if the header were absent. */
function usedCookies(header: string | undefined): string | undefined {
  const used = cookiePairs(header).filter(({ name }) => !name.startsWith('_ga'))
  return used.length === 0 ? undefined : used.map(({ text }) => text).join(';')
}

function sourceOf({ headers, session, visitor, left }: Request): InputSource {
  const values: Readonly<Record<string, unknown>> = {
    session,
    visitor,
    'req:tenant': plainText(left.tenant),
    'locals:cart': plainText(left.cart),
  }
  return { headers, value: (name) => (values[name] === undefined ? undefined : String(values[name])) }
}

interface Rendered {
  readonly page: string
  readonly read: readonly string[]
}

function render(handler: Handler, request: Request): Rendered {
  const shown: unknown[] = []
  const read: string[] = []
  for (let at: Handler | undefined = handler; at !== undefined; ) {
    const value: unknown = readers[at.reads]?.(request)
    read.push(at.reads)
    shown.push([at.reads, value ?? null])
    at = at.next[(JSON.stringify(value) ?? '').length % 2 === 0 ? 0 : 1]
  }
  return { page: JSON.stringify(shown), read }
}

/** One URL: its record, and its pages by key. */
class ModelCache {
  names: readonly string[] = []
  readonly pages = new Map<string, string>()
  renders = 0

  constructor(readonly handler: Handler) {}

  answer(request: Request): string {
    const found = this.pages.get(this.keyOf(request))
    if (found !== undefined) return found
    this.renders += 1
    const { page, read } = render(this.handler, request)
    this.names = mergeInputs(this.names, read)
    this.pages.set(this.keyOf(request), page)
    return page
  }

  keyOf(request: Request): string {
    return inputsKeyText(this.names, sourceOf(request), { inputs: rules }) ?? ''
  }
}

const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const word = fc.constantFrom('', 'a', 'ab')
const pair = fc.constantFrom(
  'theme=dark',
  'theme=a',
  'theme=',
  'theme',
  '_ga=1',
  '_ga_X=2',
  'id=7',
  ' id = 8',
)
const requests: fc.Arbitrary<Request> = fc.record({
  headers: fc.record({
    'x-tenant': option(word),
    'accept-language': option(word),
    session: option(word),
    authorization: option(word),
    'user-agent': word,
    'x-request-id': fc.string({ maxLength: 3 }),
    cookie: option(fc.array(pair, { maxLength: 3 }).map((pairs) => pairs.join('; ').trim())),
  }),
  session: option(word),
  visitor: option(word),
  left: fc.record({
    tenant: fc.constantFrom<unknown>(undefined, null, 'a', 1, { id: 1 }),
    cart: fc.constantFrom<unknown>(undefined, [], ['a'], { a: [1] }, { a: ['1'] }),
  }),
})
const input = fc.constantFrom(...Object.keys(readers))
const { handler } = fc.letrec<{ handler: Handler; next: Handler | undefined }>((tie) => ({
  handler: fc.record({ reads: input, next: fc.tuple(tie('next'), tie('next')) }),
  next: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(undefined),
    tie('handler'),
    tie('handler'),
  ),
}))

describe('a cache that learns what its pages depend on', () => {
  it('never gives a request another page than its own, however little it knew before', () => {
    fc.assert(
      fc.property(handler, fc.array(requests, { minLength: 2, maxLength: 12 }), (one, list) => {
        const cache = new ModelCache(one)
        for (const request of list) expect(cache.answer(request)).toBe(render(one, request).page)
      }),
      { numRuns: 2000 },
    )
  })

  it('renders once, when all is learned, for all who agree in all that counts', () => {
    fc.assert(
      fc.property(handler, fc.array(requests, { minLength: 2, maxLength: 8 }), (one, list) => {
        const cache = new ModelCache(one)
        for (const request of list) cache.answer(request)
        cache.pages.clear()
        for (const request of list) cache.answer(request)
        const before = cache.renders
        // Nothing that any handler reads: another browser, another trace, another analytics cookie.
        const others = list.map(({ headers, ...rest }) => ({
          headers: { ...headers, 'user-agent': 'other', 'x-request-id': 'other', dnt: '1' },
          ...rest,
        }))
        for (const request of [...list, ...others]) cache.answer(request)
        expect(cache.renders).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  it('never shares between two that differ in something that either of them read', () => {
    fc.assert(
      fc.property(handler, requests, requests, (one, left, right) => {
        const cache = new ModelCache(one)
        cache.answer(left)
        cache.answer(right)
        const differ = cache.names.some(
          (name) => JSON.stringify(readers[name]?.(left)) !== JSON.stringify(readers[name]?.(right)),
        )
        if (differ) expect(cache.keyOf(left)).not.toBe(cache.keyOf(right))
      }),
      { numRuns: 3000 },
    )
  })

  it('shares between two that differ in nothing that a handler of theirs reads', () => {
    const single = fc.constantFrom('x-tenant', 'cookie:theme', 'session', 'req:tenant', 'locals:cart')
    fc.assert(
      fc.property(single, requests, requests, (reads, left, right) => {
        const cache = new ModelCache({ reads, next: [undefined, undefined] })
        cache.answer(left)
        const [a, b] = [left, right].map((request) => sourceOf(request))
        const same = (name: string): boolean => a?.value(name) === b?.value(name)
        const cookies = (request: Request): string =>
          JSON.stringify(cookiePairs(request.headers.cookie).filter(({ name }) => name === 'theme'))
        const agree =
          reads === 'x-tenant'
            ? left.headers['x-tenant'] === right.headers['x-tenant']
            : reads === 'cookie:theme'
              ? cookies(left) === cookies(right)
              : same(reads)
        expect(cache.keyOf(left) === cache.keyOf(right)).toBe(agree)
      }),
      { numRuns: 2000 },
    )
  })

  it('learns B, which is read only where A is set, without sharing what it kept before', () => {
    const reads: Handler = {
      reads: 'x-tenant',
      next: [{ reads: 'session', next: [undefined, undefined] }, undefined],
    }
    const visit = (tenant: string | undefined, session: string): Request => ({
      headers: { 'x-tenant': tenant },
      session,
      visitor: undefined,
      left: {},
    })
    // `""` and undefined have an even text: those read the session; `"a"` has an odd one.
    const cache = new ModelCache(reads)
    expect([cache.answer(visit('a', 's1')), cache.names]).toEqual(['[["x-tenant","a"]]', ['x-tenant']])
    expect(cache.answer(visit('', 's1'))).toContain('s1')
    expect(cache.names).toEqual(['session', 'x-tenant'])
    expect(cache.answer(visit('', 's2'))).toContain('s2')
    expect(cache.answer(visit('', 's1'))).toContain('s1')
    expect(cache.renders).toBe(3)
  })
})
