import { describe, expect, it } from '@jest/globals'
import { type ExtraKeyParts, encodeKeyParts, KeyPartError } from '../index.js'

const encode = (parts: Partial<ExtraKeyParts>): string => encodeKeyParts({ kind: 'site', ...parts })

class Zone {
  readonly #name: string
  constructor(name: string) {
    this.#name = name
  }
  get shown(): string {
    return this.#name
  }
}

describe('encodeKeyParts', () => {
  it('takes null and undefined for absence', () => {
    expect(encode({ language: null, visitor: null })).toBe(encode({}))
    expect(encode({ keyParts: [null] })).toBe(encode({ keyParts: [undefined] }))
    expect(encode({ keyParts: new Array(1) })).toBe(encode({ keyParts: [undefined] }))
  })

  it.each<[string, Partial<ExtraKeyParts>, Partial<ExtraKeyParts>]>([
    ['language and time zone', { language: 'a' }, { timeZone: 'a' }],
    ['a visitor and a key part', { visitor: 'a' }, { keyParts: ['a'] }],
    ['a rewritten URL and a visitor', { rewritten: 'a' }, { visitor: 'a' }],
    ['layers', { kind: 'site' }, { kind: 'page' }],
    ['a number and its text', { keyParts: [1] }, { keyParts: ['1'] }],
    ['true and its text', { keyParts: [true] }, { keyParts: ['true'] }],
    ['absence and its text', { keyParts: [null] }, { keyParts: ['null'] }],
    ['an empty text and absence', { keyParts: [''] }, { keyParts: [undefined] }],
    ['no list and an empty one', {}, { keyParts: [] }],
    ['where one part ends', { keyParts: ['a","b'] }, { keyParts: ['a', 'b'] }],
    ['surrogates without their halves', { keyParts: ['\ud800'] }, { keyParts: ['\ud801'] }],
  ])('tells apart %s', (_, a, b) => expect(encode(a)).not.toBe(encode(b)))

  it.each<[string, Partial<ExtraKeyParts>]>([
    ['keyParts[1]', { keyParts: ['a', Number.NaN] }],
    ['keyParts[0]', { keyParts: [Number.POSITIVE_INFINITY] }],
    ['keyParts[0]', { keyParts: [{} as unknown as string] }],
    ['keyParts[0]', { keyParts: [new Map([['a', 1]]) as unknown as string] }],
    ['keyParts[0]', { keyParts: [(() => 'a') as unknown as string] }],
    ['keyParts[0]', { keyParts: [Symbol('a') as unknown as string] }],
    ['keyParts[0]', { keyParts: [1n as unknown as number] }],
    ['keyParts', { keyParts: 'tenant' as unknown as string[] }],
    ['keyParts', { keyParts: Promise.resolve(['a']) as unknown as string[] }],
    ['visitor', { visitor: { id: 1 } as unknown as string }],
    ['the rewritten URL', { rewritten: new URL('http://a.example/') as unknown as string }],
    ['req.language', { language: new Map([['tag', 'fr']]) }],
    ['req.language', { language: () => 'fr' }],
    ['req.language.regions', { language: { code: 'fr', regions: ['FR'] } }],
    ['req.language.code', { language: { code: Number.NaN } }],
    ['req.language[0]', { language: [{}] }],
    ['req.timeZone', { timeZone: new Zone('Europe/Paris') }],
  ])('refuses, and names, %s', (name, parts) => {
    const start = new RegExp(`^${name.replace(/[.[\]]/g, '\\$&')} must be `)
    expect(() => encode(parts)).toThrow(KeyPartError)
    expect(() => encode(parts)).toThrow(start)
    expect(() => encode(parts)).toThrow(expect.objectContaining({ code: 'ERR_SITECACHE_KEY_PART' }))
  })

  it("shows no value, which may be a visitor's", () => {
    const secret = { token: 'secret' } as unknown as string
    expect(() => encode({ visitor: secret })).toThrow(/got a value of type Object\. Return a string/)
    expect(() => encode({ visitor: Symbol('secret') as unknown as string })).toThrow(/got a symbol\./)
  })

  describe('a language', () => {
    it('that is an Intl.Locale is its tag', () => {
      expect(encode({ language: new Intl.Locale('fr-CA') })).toBe(encode({ language: 'fr-CA' }))
      expect(encode({ language: new Intl.Locale('fr') })).not.toBe(encode({ language: 'fr-CA' }))
    })

    it('that is plain data counts whole, in any order', () => {
      const canadian = encode({ language: { code: 'fr', region: 'CA' } })
      expect(encode({ language: { region: 'CA', code: 'fr' } })).toBe(canadian)
      expect(encode({ language: { code: 'fr', region: 'FR' } })).not.toBe(canadian)
      expect(encode({ language: { code: 'fr' } })).not.toBe(canadian)
      expect(encode({ language: Object.assign(Object.create(null), { code: 'fr', region: 'CA' }) })).toBe(
        canadian,
      )
    })

    it('that is plain data differs from the text that JSON has for it', () => {
      expect(encode({ language: { code: 'fr' } })).not.toBe(encode({ language: '{"code":"fr"}' }))
      expect(encode({ language: ['fr', 'en'] })).not.toBe(encode({ language: '["fr","en"]' }))
      expect(encode({ language: ['fr'] })).not.toBe(encode({ language: { 0: 'fr' } }))
    })
  })
})
