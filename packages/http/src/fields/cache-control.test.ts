import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseCacheControl } from '../index.js'
import { splitMembers } from './cache-control.js'

describe('parseCacheControl', () => {
  describe('RFC 9111 §5.2: the list', () => {
    it.each([
      ['any letter case', 'NO-Store, MAX-AGE=60'],
      ['white space around members and equals signs', ' \tno-store ,\t max-age = 60 '],
      ['empty members', ',, no-store,, ,max-age=60,'],
      ['several lines', ['no-store', 'max-age=60']],
    ])('reads %s', (_, value) => {
      const control = parseCacheControl(value)
      expect(control.directives.map(({ name }) => name)).toEqual(['no-store', 'max-age'])
      expect(control.size).toBe(2)
      expect(control.has('no-store')).toBe(true)
      expect(control.seconds('max-age')).toBe(60)
    })

    it.each([[undefined], [''], [' , ,'], ['=60'], [[]]])('finds nothing in %p', (value) => {
      const control = parseCacheControl(value)
      expect(control.size).toBe(0)
      expect(control.has('')).toBe(false)
      expect(control.seconds('max-age')).toBeUndefined()
      expect(control.argument('private')).toBeUndefined()
    })

    it('does not take a number, or an inherited name, for a directive', () => {
      expect(parseCacheControl(60).has('max-age')).toBe(false)
      expect(parseCacheControl('no-store').has('constructor')).toBe(false)
    })
  })

  describe('RFC 9110 §5.6.4: quoted strings', () => {
    it('keeps commas, equals signs and escapes inside the quotes', () => {
      const control = parseCacheControl(String.raw`community="a, b=\"c\" \\ no-store", private="X-A, X-B"`)
      expect(control.directives.map(({ name }) => name)).toEqual(['community', 'private'])
      expect(control.argument('community')).toBe(String.raw`a, b="c" \ no-store`)
      expect(control.argument('private')).toBe('X-A, X-B')
      expect(control.has('no-store')).toBe(false)
    })

    it('keeps the raw argument as it was written', () => {
      const [directive] = parseCacheControl('Community="U C I"').directives
      expect(directive).toEqual({ name: 'community', raw: '"U C I"' })
    })

    it.each([
      'max-age=60, x="a, no-store',
      'max-age=60, x="a\\", no-store',
      '"max-age=60, no-store',
      '", no-store',
    ])('lets no quote that nothing closes hide what is behind it: %s', (value) =>
      expect(parseCacheControl(value).has('no-store')).toBe(true),
    )

    it.each([
      'private; max-age=60',
      'max-age=60; private',
      'x="a;b" ;private;',
      'private;max-age=60, public',
    ])('finds a directive beside a semicolon that stands for a comma: %s', (value) =>
      expect(parseCacheControl(value).has('private')).toBe(true),
    )

    it('finds none in quotes, and leaves what was written as it is', () => {
      const control = parseCacheControl('x="a; private", max-age=60; y')
      expect(control.has('private')).toBe(false)
      expect(control.directives).toEqual([
        { name: 'x', raw: '"a; private"' },
        { name: 'max-age', raw: '60; y' },
      ])
    })
  })

  describe('RFC 9111 §1.2.2: delta-seconds', () => {
    it.each([
      ['max-age=60', 60],
      ['max-age="60"', 60],
      ['max-age=060', 60],
      ['max-age=0', 0],
      ['max-age=2147483647', 2 ** 31 - 1],
      ['max-age=2147483649', 2 ** 31],
      [`max-age=${'9'.repeat(400)}`, 2 ** 31],
    ])('reads %s', (value, seconds) => expect(parseCacheControl(value).seconds('max-age')).toBe(seconds))

    it.each([
      'max-age',
      'max-age=',
      'max-age=abc',
      'max-age=-1',
      'max-age=+5',
      'max-age=1.5',
      'max-age=1e3',
      'max-age=0x10',
      'max-age=60 s',
    ])('counts %s, which is unreadable, as 0', (value) => {
      expect(parseCacheControl(value).seconds('max-age')).toBe(0)
    })

    it.each([
      ['max-age=20, max-age=10', 10],
      ['max-age=10, max-age=20', 10],
      ['max-age=10, Max-Age=abc', 0],
    ])('takes the smallest of duplicates: %s (§4.2.1)', (value, seconds) => {
      expect(parseCacheControl(value).seconds('max-age')).toBe(seconds)
    })
  })

  it('gives the first argument of duplicates', () => {
    expect(parseCacheControl('no-cache="X-A", no-cache="X-B"').argument('no-cache')).toBe('X-A')
  })

  it('never throws, whatever the text', () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', '\\', ',', '=', ' ', 'a') }))
    fc.assert(
      fc.property(texts, (text) => {
        const { directives } = parseCacheControl(text)
        expect(directives.every(({ name }) => name !== '' && name === name.trim())).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('reads a long run of quotes and backslashes in no time that shows', () => {
    const text = `a="${'\\"'.repeat(20_000)}${'",'.repeat(20_000)}`
    const start = process.cpuUsage().user
    parseCacheControl(text)
    expect(process.cpuUsage().user - start).toBeLessThan(1_000_000)
  })
})

describe('splitMembers', () => {
  it('loses nothing but the commas between members', () => {
    const members = fc.array(
      fc.string({ unit: fc.constantFrom('a', ' ', '=', '-', '"x, \\" y"'), minLength: 1 }),
    )
    fc.assert(fc.property(members, (list) => expect(splitMembers(list.join(','))).toEqual(list)))
  })
})
