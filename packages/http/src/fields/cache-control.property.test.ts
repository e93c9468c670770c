import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type CacheControlChanges, parseCacheControl, patchCacheControl } from '../index.js'

const name = fc.constantFrom(
  'max-age',
  'Max-Age',
  's-maxage',
  'no-store',
  'private',
  'public',
  'x',
  'no-cache',
)
const argument = fc.constantFrom(
  '',
  '=',
  '=0',
  '=60',
  '=1e3',
  '="60"',
  '="a, b"',
  '="\\", no-store"',
  '= 5',
  '=-1',
)
const separator = fc.constantFrom(',', ', ', ' ,\t', ',,', ';', '"', '=', '\\', ' ')
const pieces = fc.oneof(name, argument, separator, fc.constantFrom('é', '\0', '9'.repeat(30)))
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
  fc.string({ unit: fc.constantFrom(...'ax,"=\\; 60') }),
  fc.string(),
)

/** Reads a field letter by letter. */
function model(text: string): { name: string; raw: string | undefined }[] {
  const members: string[] = []
  let [member, at] = ['', 0]
  while (at < text.length) {
    const end = text[at] === '"' ? closing(text, at) : undefined
    if (end !== undefined) member += text.slice(at, end + 1)
    else if (text[at] === ',') members.push(member)
    else if (text[at] !== '"') member += text[at]
    // A quote that nothing closes is none, nor is any behind it.
    if (text[at] === '"' && end === undefined)
      return model(text.slice(0, at) + text.slice(at).replaceAll('"', ''))
    if (text[at] === ',') member = ''
    at = (end ?? at) + 1
  }
  return [...members, member].flatMap((one) => {
    const [own = '', ...rest] = one.split('=')
    const directive = own.trim().toLowerCase()
    return directive === ''
      ? []
      : [{ name: directive, raw: rest.length === 0 ? undefined : rest.join('=').trim() }]
  })
}

function closing(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
  }
  return undefined
}

describe('parseCacheControl', () => {
  it('reads what a reader would who goes letter by letter', () => {
    fc.assert(
      fc.property(texts, (text) => expect(parseCacheControl(text).directives).toEqual(model(text))),
      { numRuns: 3000 },
    )
  })

  it('answers whole seconds from 0 to 2^31, or nothing where the directive is absent', () => {
    fc.assert(
      fc.property(texts, name, (text, directive) => {
        const control = parseCacheControl(text)
        const seconds = control.seconds(directive.toLowerCase())
        const present = control.directives.some((one) => one.name === directive.toLowerCase())
        expect(seconds !== undefined).toBe(present)
        if (seconds === undefined) return
        expect(Number.isInteger(seconds)).toBe(true)
        expect(seconds).toBeGreaterThanOrEqual(0)
        expect(seconds).toBeLessThanOrEqual(2 ** 31)
      }),
      { numRuns: 1000 },
    )
  })

  it('finds every directive that stands between commas, whatever stands before and behind', () => {
    const around = fc.string({ unit: fc.constantFrom(...'ax,"= \\;'), maxLength: 12 })
    // In quotes that are closed, it is no directive.
    const isInQuotes = (before: string, behind: string): boolean =>
      !model(`${before},no-store,${behind}`).some((one) => one.name === 'no-store')
    fc.assert(
      fc.property(around, around, (before, behind) => {
        fc.pre(!isInQuotes(before, behind))
        expect(parseCacheControl(`${before},no-store,${behind}`).has('no-store')).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('reads several lines as one list', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), (lines) => {
        expect(parseCacheControl(lines).directives).toEqual(parseCacheControl(lines.join(',')).directives)
      }),
      { numRuns: 500 },
    )
  })
})

const changes: fc.Arbitrary<CacheControlChanges> = fc.record(
  {
    maxAge: fc.nat(100),
    sMaxage: fc.nat(100),
    private: fc.constantFrom<true | string>(true, 'X-A', 'X-A, X-B'),
    noCache: fc.constantFrom<boolean | string>(true, false, 'X-A'),
    noStore: fc.boolean(),
    mustRevalidate: fc.boolean(),
    'x-ext': fc.constantFrom<string | number | boolean>('a', 'a, "b"', 5, true, false),
  },
  { requiredKeys: [] },
)

describe('patchCacheControl', () => {
  it('changes nothing more when it is done twice', () => {
    fc.assert(
      fc.property(texts, changes, (text, wanted) => {
        const once = patchCacheControl(text, wanted)
        expect(patchCacheControl(once, wanted)).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves every directive that is not named, as it was written', () => {
    const named = new Set([
      'max-age',
      's-maxage',
      'private',
      'public',
      'no-cache',
      'no-store',
      'must-revalidate',
      'x-ext',
    ])
    const others = (text: string) => parseCacheControl(text).directives.filter((one) => !named.has(one.name))
    const sorted = (list: ReturnType<typeof others>) => list.map((one) => JSON.stringify(one)).sort()
    fc.assert(
      fc.property(texts, changes, (text, wanted) => {
        expect(sorted(others(patchCacheControl(text, wanted)))).toEqual(sorted(others(text)))
      }),
      { numRuns: 1000 },
    )
  })

  it('never makes a max-age longer', () => {
    fc.assert(
      fc.property(texts, fc.nat(100), (text, maxAge) => {
        const before = parseCacheControl(text).seconds('max-age') ?? Number.POSITIVE_INFINITY
        expect(parseCacheControl(patchCacheControl(text, { maxAge })).seconds('max-age')).toBe(
          Math.min(before, maxAge),
        )
      }),
      { numRuns: 1000 },
    )
  })
})
