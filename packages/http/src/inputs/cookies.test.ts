import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { allCookiesText, type CookieHeader, cookiePairs, cookieText } from './cookies.js'
import { inputRules } from './ignore.js'

const rules = inputRules()

describe('cookiePairs', () => {
  it('reads pairs as they were sent, leniently', () => {
    expect(cookiePairs(' a = "1" ;b=2=3;; c ;=d')).toEqual([
      { name: 'a', value: '"1"', text: 'a = "1"' },
      { name: 'b', value: '2=3', text: 'b=2=3' },
      { name: 'c', value: undefined, text: 'c' },
      { name: '', value: 'd', text: '=d' },
    ])
  })

  it.each<[CookieHeader, string[]]>([
    [undefined, []],
    ['', []],
    [' ; ;', []],
    [
      ['a=1', 'b=2; c=3'],
      ['a', 'b', 'c'],
    ],
  ])('of %p has the names %p', (header, names) => {
    expect(cookiePairs(header).map((pair) => pair.name)).toEqual(names)
  })

  it('takes no time for much white space', () => {
    const spaces = ' '.repeat(200_000)
    expect(cookiePairs(`a=${spaces}b${spaces}x`)).toHaveLength(1)
  })
})

describe('cookieText', () => {
  it.each<[string, CookieHeader, string | undefined]>([
    ['one', 'a=1; theme=dark; b=2', 'theme=dark'],
    ['absent', 'themes=dark', undefined],
    ['without a header', undefined, undefined],
    ['empty', 'theme=', 'theme='],
    ['without a value', 'theme', 'theme'],
    ['sent twice', 'theme=a; x=1; theme=b', 'theme=a;theme=b'],
    ['with white space', ' theme = a', 'theme = a'],
    ['with quotes', 'theme="a"', 'theme="a"'],
    ['whose name is escaped', '%74heme=a', '%74heme=a'],
    ['whose name is badly escaped', '%74heme%=a', undefined],
    ['that not all parsers find', 'a=1;theme=b', ';theme=b; '],
    ['of which not all parsers find the end', 'theme=b;', ';theme=b; theme=b;'],
    ['that all find, though not the others', 'a=1;b=2; theme=b', 'theme=b'],
    ['in several lines', ['a=1', 'theme=b'], 'theme=b'],
  ])('of a cookie %s', (_, header, text) => expect(cookieText(header, 'theme')).toBe(text))

  it('is the same where parsers may differ about another pair', () => {
    const piece = fc.constantFrom('a', 'b', '=', ' ', ';', '; ', '%61', '"', '\u00a0', '1')
    const header = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    const name = fc.constantFrom('a', ' a', 'aa', '', '%61', 'b')
    fc.assert(
      fc.property(header, name, (sent, asked) => {
        expect(cookieText(sent, asked)).toBe(cookieText(`x%=1; ${sent}`, asked))
      }),
      { numRuns: 5000 },
    )
  })

  it('differs wherever some occurrence differs, and only there', () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('', '1', '1=', ' "x"')), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(pairs, pairs, (left, right) => {
        const header = (list: typeof left): string => list.map((two) => two.join('=')).join('; ')
        const own = (list: typeof left): string =>
          JSON.stringify(list.filter(([name]) => name === 'a').map(([, value]) => value.trim()))
        const text = (list: typeof left): string | undefined =>
          cookieText(header(list), 'a')?.replaceAll('= ', '=')
        expect(text(left) === text(right)).toBe(own(left) === own(right))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('allCookiesText', () => {
  it.each<[string, CookieHeader, string | undefined]>([
    ['as sent, where none is ignored', 'b=1;a=2', 'b=1;a=2'],
    ['without those of analytics', '_ga=1; b=1; _ga_X1=5; a=2; _gid=3', 'b=1; a=2'],
    ['as sent, where parsers differ about its pairs', '_ga=1;b=1; a=2', '_ga=1;b=1; a=2'],
    ['as sent, behind an empty pair', '_ga=1; a=1;; b=2', '_ga=1; a=1;; b=2'],
    ['as absent, where only ignored ones were sent', '_ga=1; _hjSession_1=x', undefined],
    ['as absent, without a header', undefined, undefined],
    ['as empty, of an empty header', '', ''],
    ['with names that only begin like an ignored one', '_game=1; _gidx=2', '_game=1; _gidx=2'],
  ])('is %s', (_, header, text) => expect(allCookiesText(header, rules)).toBe(text))

  it('is the same with and without an ignored cookie, wherever it stands', () => {
    const cookies = fc.array(fc.constantFrom('a=1', 'b=2', 'a=3'), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(cookies, fc.nat(4), (list, at) => {
        const more = [...list.slice(0, at), '_ga=GA1.1.1', ...list.slice(at)]
        expect(allCookiesText(more.join('; '), rules)).toBe(allCookiesText(list.join('; '), rules))
      }),
    )
  })
})
