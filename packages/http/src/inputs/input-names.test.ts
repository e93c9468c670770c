import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { variesByCoding } from '../fields/accept-encoding.js'
import { VaryRecord } from '../page/vary-record.js'
import {
  cookieInput,
  headerInput,
  type Input,
  inputText,
  localsInput,
  parseInput,
  readHeaderInput,
  reqInput,
  varyInputs,
} from './input-names.js'

const anyName = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('*', '%', ',', '\n', ':', '\ud800', 'é', 'a'), maxLength: 6 }),
)
const field = fc
  .string({ unit: fc.constantFrom(...'abz019-_!#$%&^`|~*.+'), minLength: 1, maxLength: 8 })
  .filter((name) => name !== '*')
const named = fc.record({ kind: fc.constantFrom('cookie', 'req', 'locals'), name: anyName })
const header = fc.record({
  kind: fc.constant('header'),
  name: fc.oneof(field, fc.constantFrom('session', 'visitor', 'cookie', 'constructor')),
})
const whole = fc.record({
  kind: fc.constantFrom('headers', 'cookies', 'session', 'visitor', 'all-locals', 'exact-accept-encoding'),
})
const inputs = fc.oneof(named, header, whole) as fc.Arbitrary<Input>

describe('headerInput', () => {
  it.each([
    ['Accept-Language', 'accept-language'],
    ['cookie', 'cookie'],
    ['toJSON', 'tojson'],
    ['Session', 'header:session'],
    ['visitor', 'header:visitor'],
    ['*', 'header:*'],
  ])('%p is %p', (name, input) => expect(headerInput(name)).toBe(input))

  it.each([[':authority'], [''], ['a b'], ['a:b'], ['a,b'], ['é'], ['__proto__'], ['a\n'], ['\u212aey']])(
    'RFC 9110 §5.1: %p is no field name',
    (name) => expect(headerInput(name)).toBeUndefined(),
  )
})

describe('readHeaderInput', () => {
  it('tells a Cookie header that was read from one that Vary names', () => {
    expect(readHeaderInput('Cookie')).toBe('cookie:*')
    expect(readHeaderInput('X-A')).toBe('x-a')
  })
})

describe('varyInputs', () => {
  it('lets no text of Vary pass for another input', () => {
    const names = ['accept', 'session', 'cookie:theme', 'req:a', 'a b', 'cookie']
    expect(varyInputs(names)).toEqual(['accept', 'header:session', 'cookie'])
  })

  it('keeps the exact Accept-Encoding, which a body in an unknown coding varies by', () => {
    const names = variesByCoding('lz4')
    expect(varyInputs(names)).toEqual(names)
  })
})

describe('parseInput', () => {
  it.each<[string, Input]>([
    ['accept-language', { kind: 'header', name: 'accept-language' }],
    ['header:session', { kind: 'header', name: 'session' }],
    ['header:*', { kind: 'headers' }],
    ['cookie', { kind: 'header', name: 'cookie' }],
    ['cookie:theme', { kind: 'cookie', name: 'theme' }],
    ['cookie:*', { kind: 'cookies' }],
    ['cookie:%002a', { kind: 'cookie', name: '*' }],
    ['session', { kind: 'session' }],
    ['visitor', { kind: 'visitor' }],
    ['req:tenant', { kind: 'req', name: 'tenant' }],
    ['locals:cart', { kind: 'locals', name: 'cart' }],
    ['locals:a:b', { kind: 'locals', name: 'a:b' }],
    ['locals:*', { kind: 'all-locals' }],
    ['=accept-encoding', { kind: 'exact-accept-encoding' }],
  ])('reads %p', (text, input) => {
    expect(parseInput(text)).toEqual(input)
    expect(inputText(input)).toBe(text)
  })

  it.each([['*'], ['header:accept'], ['header:'], ['Accept'], ['app:a'], ['a b'], [''], ['locals:a b']])(
    'knows no input %p',
    (text) => expect(parseInput(text)).toBeUndefined(),
  )

  it('reads every input back from its text', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        expect(parseInput(inputText(input))).toEqual(input)
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws, and has one text for what it reads', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.tuple(fc.constantFrom('header:', 'cookie:', 'req:', 'x:'), fc.string()).map((two) => two.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const input = parseInput(text)
        if (input !== undefined) expect(inputText(input)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('names in a vary record', () => {
  it('come back as they were put in', () => {
    const texts = fc.oneof(
      inputs.map(inputText),
      anyName.map(cookieInput),
      anyName.map(reqInput),
      anyName.map(localsInput),
      field.map((name) => headerInput(name) ?? 'x'),
    )
    fc.assert(
      fc.property(fc.uniqueArray(texts, { maxLength: 5 }), (names) => {
        const record = new VaryRecord({ names, generation: 'g', fence: '', variants: [], expires: 1 })
        expect(VaryRecord.decode(Buffer.concat(record.encode()))?.names).toEqual(names)
      }),
      { numRuns: 1000 },
    )
  })
})
