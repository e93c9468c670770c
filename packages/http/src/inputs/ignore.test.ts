import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isBrowserHeader } from './browser-headers.js'
import { defaultIgnore } from './default-ignore.js'
import { countedHeaders, ignoreFault, inputRules } from './ignore.js'
import { cookieInput, headerInput, localsInput, reqInput } from './input-names.js'

const defaults = inputRules()

describe('inputRules', () => {
  it.each([
    ['host'],
    ['if-none-match'],
    ['range'],
    ['sec-fetch-site'],
    ['traceparent'],
    ['x-b3-traceid'],
    ['x-request-id'],
    ['cookie:_ga'],
    ['cookie:_ga_ABC'],
    ['cookie:_hjSession_12'],
    ['req:log'],
    ['req:Symbol(transactionInfo)'],
    ['locals:settings'],
  ])('ignores %p by default', (name) => expect(defaults.ignores(name)).toBe(true))

  it.each([
    ['user-agent'],
    ['cookie'],
    ['authorization'],
    ['cookie:*'],
    ['header:*'],
    ['locals:*'],
    ['session'],
    ['visitor'],
    ['cookie:session'],
    ['cookie:OptanonConsent'],
    ['req:user'],
    ['req:isAuthenticated'],
    ['locals:t'],
    ['header:session'],
    ['constructor:x'],
    ['__proto__'],
  ])('does not ignore %p by default', (name) => expect(defaults.ignores(name)).toBe(false))

  it('has the default ones in a form that is accepted from applications too', () => {
    expect(ignoreFault(defaultIgnore)).toBeUndefined()
    expect(new Set(defaultIgnore).size).toBe(defaultIgnore.length)
  })

  it.each<[string, string, string[], string[]]>([
    ['a header', 'User-Agent', ['user-agent'], ['user-agents', 'cookie:user-agent']],
    ['a header named like an input', 'header:session', ['header:session'], ['session']],
    ['beginnings of headers', 'x-ab-*', ['x-ab-', 'x-ab-1'], ['x-a', 'cookie:x-ab-1']],
    ['cookies', 'cookie:ab_*', ['cookie:ab_1'], ['cookie:ab', 'locals:ab_1', 'cookie:*', 'cookie']],
    ['all cookies', 'cookie:*', ['cookie:*', 'cookie:a'], ['cookie', 'session']],
    ['the Cookie header', 'cookie', ['cookie', 'cookie:*'], ['cookie:a']],
    ['the copy of all headers', 'header:*', ['header:*'], ['x-a', 'cookie']],
    ['a local', 'locals:now', ['locals:now'], ['locals:nowadays', 'locals:*', 'req:now']],
    ['all locals', 'locals:*', ['locals:*', 'locals:a'], ['req:a']],
    ['a name that is escaped', 'req:my name', [reqInput('my name')], ['req:my']],
  ])('takes for a pattern of %s', (_, pattern, ignored, others) => {
    const rules = inputRules([pattern])
    for (const name of ignored) expect([name, rules.ignores(name)]).toEqual([name, true])
    for (const name of others) expect([name, rules.ignores(name)]).toEqual([name, false])
  })

  it.each([['a*'], ['c*'], ['p*'], ['cooki*']])('never ignores credentials by the pattern %p', (pattern) => {
    const { ignores } = inputRules([pattern])
    for (const name of ['authorization', 'cookie', 'cookie:*', 'proxy-authorization', 'session', 'cookie:a'])
      expect(ignores(name)).toBe(false)
  })

  it('ignores of any names just those that a pattern begins', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '_', ',', '%', 'é'),
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(name, name, fc.boolean(), (pattern, read, open) => {
        const rules = inputRules([`cookie:${pattern}${open ? '*' : ''}`])
        const ignored = open ? read.startsWith(pattern) : read === pattern
        expect(rules.ignores(cookieInput(read))).toBe(ignored)
        expect(rules.ignoresCookie(read)).toBe(ignored)
        expect(rules.ignores(localsInput(read))).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('ignoreFault', () => {
  it.each([
    ['*', /"\*" would ignore everything; inputs: 'declared'/],
    ['session', /"session" can't be ignored; say isAuthenticated/],
    ['visitor', /"visitor" can't be ignored/],
    ['x-*-y', /"x-\*-y" may have a '\*' only at its end/],
    ['x-**', /only at its end/],
    ['', /"" is no name/],
    ['a b', /"a b" is no name/],
    ['cookie:', /is no name/],
    ['query:a', /is no name/],
    [7, /got number/],
  ])('names what is wrong with %p', (pattern, message) => {
    expect(ignoreFault(['user-agent', pattern])).toMatch(message)
    if (typeof pattern === 'string') expect(() => inputRules([pattern])).toThrow(TypeError)
  })
})

describe('isBrowserHeader', () => {
  it.each([
    ['accept'],
    ['user-agent'],
    ['sec-ch-ua'],
    ['referer'],
    ['te'],
    ['connection'],
    ['x-forwarded-for'],
    ['cf-ray'],
  ])('knows %p', (name) => expect(isBrowserHeader(name)).toBe(true))

  it.each([
    ['cookie'],
    ['authorization'],
    ['proxy-authorization'],
    ['x-tenant'],
    ['x-api-key'],
    ['x-forwarded-user'],
    ['x-forwarded-host'],
    ['x-forwarded-proto'],
    ['x-original-url'],
    ['x-auth-request-email'],
    ['hx-request'],
    ['x-requested-with'],
    ['cf-ipcountry'],
    ['accept-version'],
  ])('counts %p', (name) => expect(isBrowserHeader(name)).toBe(false))
})

describe('countedHeaders', () => {
  it('are those that were sent, but for browsers’ and ignored ones, sorted', () => {
    const headers = {
      host: 'a',
      'x-tenant': 't',
      accept: '*/*',
      'user-agent': 'u',
      cookie: 'a=1',
      session: 's',
      'x-b3-traceid': '1',
      'x-none': undefined,
      authorization: 'b',
      ':authority': 'a',
      ':path': '/',
    }
    const rules = inputRules(['header:session'])
    expect(countedHeaders(headers, defaults)).toEqual(['authorization', 'cookie', 'session', 'x-tenant'])
    expect(countedHeaders(headers, rules)).toEqual(['authorization', 'cookie', 'x-tenant'])
  })

  it('take any name that a client may send', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (headers) => {
        for (const name of countedHeaders(headers, defaults)) expect(headerInput(name)).not.toBe('host')
      }),
    )
  })
})
