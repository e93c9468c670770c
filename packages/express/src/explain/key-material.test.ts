import { describe, expect, it } from '@jest/globals'
import {
  type Buckets,
  digest,
  encodeKeyParts,
  type InputSource,
  keyText,
  pageKeyText,
  splitKeyText,
} from '@sitecache/http'
import fc from 'fast-check'
import { pageMaterial } from './key-material.js'

const names = [
  'accept-language',
  'accept-encoding',
  'user-agent',
  'authorization',
  'cookie',
  'cookie:theme',
  'cookie:*',
  'header:*',
  'header:session',
  'session',
  'visitor',
  'req:tenant',
  'locals:theme',
  'locals:*',
]
const field = fc.constantFrom(
  'accept-language',
  'accept-encoding',
  'user-agent',
  'cookie',
  'authorization',
  'session',
  'x-a',
)
const text = fc.oneof(
  fc.constantFrom('en', 'gzip, br', 'theme=dark; id=1', '', ':-1'),
  fc.string({ maxLength: 8 }),
)
const headers = fc.dictionary(field, fc.oneof(text, fc.array(text, { maxLength: 2 })))
const values = fc.dictionary(fc.constantFrom(...names), text)
const buckets: fc.Arbitrary<Buckets | undefined> = fc.constantFrom(undefined, {
  'accept-language': ['en', 'fr'],
  cookie: (value: string | undefined) => value?.slice(0, 3),
})
const extra = fc.record({
  kind: fc.constantFrom('site', 'page', 'server'),
  language: fc.option(text, { nil: undefined }),
  timeZone: fc.option(text, { nil: undefined }),
  rewritten: fc.option(text, { nil: undefined }),
  visitor: fc.option(fc.oneof(text, fc.integer()), { nil: undefined }),
  keyParts: fc.option(fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { maxLength: 3 }), {
    nil: undefined,
  }),
  present: fc.option(fc.array(fc.constantFrom('tenant', 'log'), { minLength: 1, maxLength: 2 }), {
    nil: undefined,
  }),
})

const source = (sent: InputSource['headers'], known: Readonly<Record<string, string>>): InputSource => ({
  headers: sent,
  value: (name) => (Object.hasOwn(known, name) ? known[name] : undefined),
})

describe('the parts of a key', () => {
  it('make the very text of the key, whatever it is made of', () => {
    fc.assert(
      fc.property(
        fc.subarray(names),
        headers,
        values,
        buckets,
        extra,
        fc.boolean(),
        (inputs, sent, known, bucket, parts, normalize) => {
          const record = { generation: 'process.1', names: inputs }
          const place = {
            extraKey: encodeKeyParts(parts),
            source: source(sent, known),
            matching: { buckets: bucket, normalize },
          }
          const whole = pageKeyText(record, place.extraKey, place.source, place.matching)
          const material = pageMaterial(place, record)
          expect(material?.map((part) => part.text).join('')).toBe(whole)
        },
      ),
    )
  })

  it('show what counts: a header that is no credential and its extra parts make the key again', () => {
    fc.assert(
      fc.property(headers, buckets, extra, (sent, bucket, parts) => {
        const record = {
          generation: 'process.1',
          names: ['accept-encoding', 'accept-language', 'user-agent'],
        }
        const place = {
          extraKey: encodeKeyParts(parts),
          source: source(sent, {}),
          matching: { buckets: bucket },
        }
        const shown = (pageMaterial(place, record) ?? []).flatMap((part) => part.shown)
        const isPlain = Object.values(sent).every((value) => typeof value === 'string')
        if (!isPlain || parts.visitor !== undefined) return
        const at = (name: string): string | undefined =>
          shown.find((part) => part.name === name)?.value ?? undefined
        const keyParts = shown.filter(({ name }) => name.startsWith('keyParts['))
        const remade = encodeKeyParts({
          kind: at('kind') ?? '',
          language: at('language'),
          timeZone: at('timeZone'),
          rewritten: at('rewritten'),
          keyParts: parts.keyParts && keyParts.map(({ value }) => JSON.parse(value ?? 'null')),
          present: at('present')?.split(', '),
        })
        const inputs = record.names.map((name) => keyText([name, at(name)])).join('')
        const whole = pageKeyText(record, place.extraKey, place.source, place.matching) ?? ''
        expect(digest(`process.1:${remade}${inputs}`)).toBe(digest(whole))
      }),
    )
  })

  it('never show what may be one visitor’s', () => {
    const secrets = {
      authorization: 'Bearer secret',
      cookie: 'theme=secret',
      session: 'secret',
      'x-a': 'secret',
    }
    const known = Object.fromEntries(names.map((name) => [name, 'secret']))
    const place = {
      extraKey: encodeKeyParts({ kind: 'site', visitor: 'secret' }),
      source: source(secrets, known),
      matching: {},
    }
    const hidden = names.filter(
      (name) => !['accept-language', 'accept-encoding', 'user-agent'].includes(name),
    )
    const shown = pageMaterial(place, { generation: 'g', names: hidden })?.flatMap((part) => part.shown) ?? []
    expect(JSON.stringify(shown)).not.toContain('secret')
    expect(shown.filter(({ isHidden }) => isHidden)).toHaveLength(hidden.length + 1)
  })

  it('are none where an input is of an unknown kind', () => {
    const place = { extraKey: encodeKeyParts({ kind: 'site' }), source: source({}, {}), matching: {} }
    expect(pageMaterial(place, { generation: 'g', names: ['later:thing'] })).toBeUndefined()
    expect(splitKeyText('')).toEqual([])
  })
})
