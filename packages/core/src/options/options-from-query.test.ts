import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createCaches, SettingsError } from '../index.js'
import { flag, oneOf, optionsFromQuery, text, timeout, wholeNumber } from '../store.js'

const schema = {
  table: text,
  count: wholeNumber(1),
  tls: flag,
  mode: oneOf('read', 'write'),
  timeout,
}
const read = (query: Record<string, string>) => optionsFromQuery(query, schema, 'myStore()')

describe('optionsFromQuery', () => {
  it.each<[string, Record<string, string>, object]>([
    ['numbers', { count: '400' }, { count: 400 }],
    ['texts that look like others', { table: '2024', mode: 'write' }, { table: '2024', mode: 'write' }],
    ['a flag that is named', { tls: '' }, { tls: true }],
    ['a flag by number', { tls: '0' }, { tls: false }],
    ['a flag by word', { tls: 'TRUE' }, { tls: true }],
    ['durations', { timeout: '15m' }, { timeout: 900 }],
    ['seconds', { timeout: '90' }, { timeout: 90 }],
    ['no timeout', { timeout: 'none' }, { timeout: null }],
    ['nothing', {}, {}],
  ])('reads %s', (_, query, options) => expect(read(query)).toEqual(options))

  it.each<[Record<string, string>, RegExp]>([
    [{ count: 'many' }, /myStore\(\)\.count must be a whole number of at least 1; got 'many'/],
    [{ count: '0' }, /myStore\(\)\.count must be a whole number of at least 1; got 0/],
    [{ count: '' }, /myStore\(\)\.count must be a whole number/],
    [{ tls: 'maybe' }, /myStore\(\)\.tls must be true or false; got 'maybe'/],
    [{ coun: '1' }, /myStore\(\)\.coun is not an option\. Did you mean count\?/],
    [Object.fromEntries([['__proto__', '1']]), /__proto__ is not an option/],
    [{ constructor: '1' }, /constructor is not an option/],
  ])('refuses %j', (query, message) => {
    expect(() => read(query)).toThrow(SettingsError)
    expect(() => read(query)).toThrow(message)
  })

  it('reads what options in code would be written as', () => {
    const options = fc.record(
      { table: fc.string(), count: fc.integer({ min: 1 }), tls: fc.boolean(), timeout: fc.integer() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(options, (given) => {
        const query = Object.entries(given).map(([name, value]) => [name, String(value)])
        expect(read(Object.fromEntries(query))).toEqual(given)
      }),
    )
  })
})

describe('a URL', () => {
  it('lets no prototype be set by its query string', () => {
    expect(() => createCaches({ default: 'memory:?__proto__=1' })).toThrow(/_proto__ is not an option/i)
    expect(() => createCaches({ default: 'dummy:?max_entries=1' })).toThrow(/no option maxEntries/)
  })

  it('spells settings of the cache', async () => {
    const cache = createCaches({ default: 'memory:?timeout=none&key_prefix=2024&version=2' }).get('default')
    expect([cache.timeout, cache.keyPrefix, cache.version]).toEqual([null, '2024', 2])
  })
})
