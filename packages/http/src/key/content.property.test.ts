import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import { contentKeyText, type HeaderMap, targetKeyText } from '../index.js'

/**
 * Texts made of what the format itself is made of, so that pieces of it are found in contents and
 * fields.
 */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('-', ':', '0', '1', '2', '43:', 'a', ','), maxLength: 6 }),
  fc.string({ unit: anyCharacter, maxLength: 4 }),
)
const field = fc.option(fc.oneof(text, fc.array(text, { maxLength: 2 })), { nil: undefined })

/** A request that asks by its content. */
const asked = fc.record({
  method: fc.constantFrom('QUERY', 'POST', 'GET'),
  host: text,
  url: text,
  content: fc.oneof(text, fc.constant('')),
  'content-type': field,
  'content-encoding': field,
  'content-language': field,
  'content-location': field,
})

type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

function keyMaterial({ method, host, url, content, ...headers }: Asked): string {
  const target = targetKeyText({ method, scheme: 'http', host, url })
  return target + contentKeyText(Buffer.from(content), headers as HeaderMap)
}

/** One string for each request, by another way than the key's. */
function identity(it: Asked): string {
  const { content, ...rest } = it
  const bytes = Buffer.from(content).toString('hex')
  return JSON.stringify([bytes, ...Object.entries(rest).sort()], (_, part: unknown) => part ?? null)
}

describe('the key of a content', () => {
  it('is the same for two requests only if they are', () => {
    fc.assert(
      fc.property(asked, asked, (a, b) => {
        expect(keyMaterial(a) === keyMaterial(b)).toBe(identity(a) === identity(b))
      }),
      { numRuns: 2000 },
    )
  })

  it('differs though only one part of the request does, or a piece has gone from one part to another', () => {
    const names = [
      'url',
      'content',
      'content-type',
      'content-encoding',
      'content-language',
      'content-location',
    ] as const
    fc.assert(
      fc.property(asked, fc.constantFrom(...names), fc.constantFrom(...names), text, (a, from, to, piece) => {
        const left = { ...a, [from]: piece }
        const right = { ...a, [from]: '', [to]: `${to === from ? '' : (a[to] ?? '')}${piece}` }
        expect(keyMaterial(left) === keyMaterial(right)).toBe(identity(left) === identity(right))
      }),
      { numRuns: 3000 },
    )
  })

  it('is no GET’s', () => {
    fc.assert(
      fc.property(asked, asked, (a, b) => {
        const get = targetKeyText({ method: 'GET', scheme: 'http', host: b.host, url: b.url })
        expect(keyMaterial({ ...a, method: 'QUERY' })).not.toBe(get)
      }),
    )
  })
})
