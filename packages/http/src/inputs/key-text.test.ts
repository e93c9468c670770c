import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { HeaderMap } from '../headers.js'
import { variantMaterial } from '../key.js'
import { inputRules } from './ignore.js'
import { type InputMatching, type InputSource, inputsKeyText } from './key-text.js'

type Values = Readonly<Record<string, string | undefined>>

function source(headers: HeaderMap, values: Values = {}): InputSource {
  return { headers, value: (name) => values[name] }
}

function text(names: readonly string[], headers: HeaderMap, values?: Values, matching?: InputMatching) {
  return inputsKeyText(names, source(headers, values), matching)
}

describe('inputsKeyText', () => {
  it('of header names is what variantMaterial makes of them, so that stored pages stay found', () => {
    const name = fc.constantFrom(
      'accept',
      'accept-encoding',
      '=accept-encoding',
      'cookie',
      'x-a',
      'a b',
      '-',
      '',
    )
    const value = fc.option(fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 2 })), {
      nil: undefined,
    })
    const matching = fc.record({
      normalize: fc.boolean(),
      buckets: fc.constantFrom(undefined, { cookie: ['a'], 'x-a': ['1'] }),
    })
    fc.assert(
      fc.property(fc.array(name), fc.dictionary(name, value), matching, (names, headers, how) => {
        expect(text(names, headers, {}, how)).toBe(variantMaterial(names, headers, how))
      }),
    )
  })

  it('knows what absent and empty are', () => {
    for (const name of ['session', 'visitor', 'req:a', 'locals:a', 'locals:*'])
      expect(text([name], {}, { [name]: '' })).not.toBe(text([name], {}))
    for (const name of ['cookie', 'cookie:*', 'header:*', 'header:session'])
      expect(text([name], { cookie: '', session: '' })).not.toBe(text([name], {}))
    expect(text(['cookie:a'], { cookie: 'a=' })).not.toBe(text(['cookie:a'], { cookie: 'b=' }))
  })

  it('is undefined for an input of a kind that is not known: no page is this request’s for certain', () => {
    expect(text(['accept', 'weather:today'], {})).toBeUndefined()
  })

  it('takes a header that is named like an input for a header', () => {
    const one = text(['header:session'], { session: 'a' }, { session: 'x' })
    expect(text(['header:session'], { session: 'a' }, { session: 'y' })).toBe(one)
    expect(text(['header:session'], { session: 'b' }, { session: 'x' })).not.toBe(one)
  })

  it('takes Vary: Cookie for the whole header, as Django does, and a learned one without analytics', () => {
    const [plain, measured] = [{ cookie: 'a=1' }, { cookie: 'a=1; _ga=2' }]
    expect(text(['cookie'], plain)).not.toBe(text(['cookie'], measured))
    expect(text(['cookie:*'], plain)).toBe(text(['cookie:*'], measured))
    expect(text(['cookie:*'], {})).toBe(text(['cookie:*'], { cookie: '_ga=2' }))
    expect(text(['cookie:*'], plain)).not.toBe(text(['cookie:*'], { cookie: 'a=2' }))
  })

  it('takes of all cookies those that the application names in its bucket', () => {
    const matching = { buckets: { cookie: ['id'] } }
    const of = (name: string, cookie: string) => text([name], { cookie }, {}, matching)
    for (const name of ['cookie', 'cookie:*', 'header:*']) {
      expect(of(name, 'id=1; a=1')).toBe(of(name, 'id=1; a=2'))
      expect(of(name, 'id=1; a=1')).not.toBe(of(name, 'id=2; a=1'))
    }
    expect(of('cookie:a', 'id=1; a=1')).not.toBe(of('cookie:a', 'id=1; a=2'))
  })

  it('takes no cookie at all where the application ignores them', () => {
    const matching = { inputs: inputRules(['cookie:*']) }
    for (const name of ['cookie:*', 'header:*'])
      expect(text([name], { cookie: 'a=1' }, {}, matching)).toBe(text([name], {}, {}, matching))
  })

  describe('of all headers', () => {
    const base = { cookie: 'a=1', authorization: 'Bearer x', 'x-tenant': 't', accept: '*/*', host: 'h' }
    const all = (headers: HeaderMap) => text(['header:*'], headers)

    it.each<[string, HeaderMap]>([
      ['a cookie', { ...base, cookie: 'a=2' }],
      ['Authorization', { ...base, authorization: 'Bearer y' }],
      ['a header of the application', { ...base, 'x-tenant': 'u' }],
      ['one that only this request has', { ...base, 'x-api-key': '' }],
      ['one line or two', { ...base, 'x-tenant': ['t'] }],
      ['a host that a client made up', { ...base, 'x-forwarded-host': 'evil.example' }],
    ])('differs with %s', (_, headers) => expect(all(headers)).not.toBe(all(base)))

    it.each<[string, HeaderMap]>([
      ['the browser', { ...base, accept: 'text/html', 'user-agent': 'b', 'sec-ch-ua': 'c' }],
      ['the way here', { ...base, 'x-forwarded-for': '192.0.2.1', via: '1.1 p', 'cf-ray': '1' }],
      ['tracing', { ...base, traceparent: '00-1-2-01', 'x-request-id': '7' }],
      ['analytics', { ...base, cookie: '_ga=1; a=1' }],
      ['the order', Object.fromEntries(Object.entries(base).reverse())],
      ['a header that is not there', { ...base, 'x-none': undefined }],
    ])('is the same whatever %s', (_, headers) => expect(all(headers)).toBe(all(base)))
  })

  it('keeps texts apart that UTF-8 would make one', () => {
    expect(text(['visitor'], {}, { visitor: '\ud800' })).not.toBe(
      text(['visitor'], {}, { visitor: '\ufffd' }),
    )
    const digestible = Buffer.from(text(['visitor'], {}, { visitor: '\ud800' }) ?? '').toString()
    expect(digestible).not.toBe(Buffer.from(text(['visitor'], {}, { visitor: '\ud801' }) ?? '').toString())
  })

  it('of two requests is the same exactly when they agree in all that counts', () => {
    const names = fc.uniqueArray(
      fc.constantFrom(
        'x-a',
        'header:session',
        'cookie',
        'cookie:a',
        'session',
        'visitor',
        'req:a',
        'locals:a',
      ),
      { maxLength: 4 },
    )
    const tricky = fc.string({
      unit: fc.constantFrom('-', ':', '1', '2', 'a', '=', '\\', '\ud800'),
      maxLength: 5,
    })
    const some = fc.option(tricky, { nil: undefined, freq: 3 })
    const request = fc.record({
      headers: fc.record({
        'x-a': some,
        session: some,
        cookie: some.map((value) => (value === undefined ? undefined : `a=${value}`)),
      }),
      values: fc.record({ session: some, visitor: some, 'req:a': some, 'locals:a': some }),
    })
    type Request = { headers: Values; values: Values }
    const factOf: Readonly<Record<string, (one: Request) => string | undefined>> = {
      'x-a': ({ headers }) => headers['x-a'],
      'header:session': ({ headers }) => headers.session,
      cookie: ({ headers }) => headers.cookie,
      'cookie:a': ({ headers }) => headers.cookie,
    }
    const facts = (list: readonly string[], one: Request): string =>
      JSON.stringify(list.map((name) => [name, factOf[name]?.(one) ?? one.values[name] ?? null]))
    fc.assert(
      fc.property(names, names, request, request, fc.boolean(), (a, other, left, right, alike) => {
        const b = alike ? a : other
        const same = facts(a, left) === facts(b, right)
        const key = (list: readonly string[], one: Request) => text(list, one.headers, one.values)
        expect(key(a, left) === key(b, right)).toBe(same)
      }),
      { numRuns: 5000 },
    )
  })
})
