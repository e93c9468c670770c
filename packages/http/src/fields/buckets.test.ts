import { describe, expect, it } from '@jest/globals'
import { bucketValue } from './buckets.js'

const language = (
  value: string | undefined,
  languages: readonly string[] = ['en', 'fr', 'zh-Hant', 'de-CH'],
) => bucketValue('accept-language', languages, value, {})

describe('bucketValue', () => {
  describe('Accept-Language, as req.acceptsLanguages chooses', () => {
    it.each([
      ['fr', 'fr'],
      ['FR-ch', 'fr'],
      ['zh-Hant', 'zh-Hant'],
      ['zh', 'zh-Hant'],
      ['es, fr;q=0.5', 'fr'],
      ['en;q=0.4, fr;q=0.5', 'fr'],
      ['es-MX, de-CH, en', 'de-CH'],
      ['en;q=0, *', 'fr'],
      ['fr;q=0, en;q=0.1', 'en'],
      ['fr;q=x, en;q=0.1', 'en'],
      ['en;q=0.5, fr;q=0.5', 'en'],
      ['fr;q=0.5, en;q=0.5', 'fr'],
      ['*', 'en'],
      ['es, *;q=0.1', 'en'],
      ['es', ''],
      ['', ''],
      [' , ;q=1', ''],
      ['fr-', 'fr'],
      ['-fr', ''],
    ])('%p gives %p', (value, best) => expect(language(value)).toBe(best))

    it('is as if absent without the header', () => expect(language(undefined)).toBeUndefined())
    it('has nothing to offer from an empty list', () => expect(language('*', [])).toBe(''))
  })

  describe('Cookie', () => {
    const cookies = (value: string | undefined) => bucketValue('cookie', ['session', 'theme'], value, {})

    it('is made of the cookies that are named, in their own order', () => {
      expect(cookies('_ga=1; theme=dark; session=a=b')).toBe(cookies('session=a=b; theme=dark; _ga=2'))
    })

    it('tells cookies that only some parsers part from those that all do', () => {
      // A parser that splits at `; ` finds another theme here, or none.
      const one = cookies('session=a; theme=b')
      for (const other of ['session=a;theme=b', 'session=a; theme=b;', 'session=a; theme=b;x=1'])
        expect(cookies(other)).not.toBe(one)
      expect(cookies('session=a; theme=b; x=1;y=2')).toBe(one)
    })

    it.each([
      ['another value', 'session=a', 'session=b'],
      ['an absent cookie and an empty one', 'x=1', 'x=1; session='],
      ['values that change places', 'session=a; theme=b', 'session=b; theme=a'],
      ['a value that imitates the end of another', 'session=a","b', 'session=a; theme=b'],
      ['names in another case', 'session=a', 'Session=a'],
    ])('tells %s', (_, one, other) => expect(cookies(one)).not.toBe(cookies(other)))

    it.each([
      ['two of one name from either', 'session=a; session=b', 'session=a'],
      ['two of one name from either', 'session=b; session=a', 'session=a'],
      ['two of one name by their order', 'session=a; session=b', 'session=b; session=a'],
      ['white space that HTTP does not know', '\xa0session=b; session=a', 'session=a'],
      ['white space that HTTP does not know, in a value', 'session=a\xa0', 'session=a'],
      ['a name that is escaped', 's%65ssion=b; session=a', 'session=a'],
      ['quotes', 'session="a"', 'session=a'],
      ['a name alone', 'session', 'x=1'],
    ])('tells %s, because parsers do', (_, one, other) => expect(cookies(one)).not.toBe(cookies(other)))

    it('is as if absent without the header', () => expect(cookies(undefined)).toBeUndefined())
  })

  describe('other headers', () => {
    const device = (value: string | undefined) => bucketValue('x-device', ['Phone', 'desktop'], value, {})

    it.each([
      ['phone', 'Phone'],
      [' DESKTOP ', 'desktop'],
      ['toaster', ''],
      ['', ''],
      [undefined, undefined],
    ])('%p gives %p', (value, bucket) => expect(device(value)).toBe(bucket))
  })

  it('asks a function, with the other headers, also for a header that is absent', () => {
    const asked: unknown[] = []
    const headers = { 'x-other': '1' }
    const bucket = (...args: unknown[]) => {
      asked.push(args)
      return 'b'
    }
    expect(bucketValue('x-a', bucket, undefined, headers)).toBe('b')
    expect(asked).toEqual([[undefined, headers]])
  })
})
