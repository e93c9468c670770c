import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { reduceAcceptEncoding, variantKeyText } from '../index.js'
import { acceptsCodings, variesByCoding } from './accept-encoding.js'

describe('reduceAcceptEncoding', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br=deflate=gzip=zstd'],
    ['gzip;q=0.5, br;q=1.0', 'br>gzip'],
    ['br, gzip;q=0.8, *;q=0.1', 'br>gzip>*'],
    ['gzip', 'gzip'],
    ['identity', 'identity'],
    ['', ''],
  ])('RFC 9110 §12.5.3: reads %p as %p', (value, reduced) => {
    expect(reduceAcceptEncoding(value)).toBe(reduced)
  })

  it.each([
    ['the order of equals', 'gzip, br', 'br, gzip'],
    ['letter case and white space', ' GZip ;\tQ=0.5,br', 'gzip;q=0.5, br'],
    ['weights that give the same order', 'gzip;q=0.2, br;q=0.9', 'gzip;q=0.5, br'],
    ['codings that no server has', 'gzip, sdch, exi;q=0.3', 'gzip'],
    ['refusal of what nobody would send unasked', 'gzip, br;q=0', 'gzip'],
    ['the old name of gzip', 'x-gzip', 'gzip'],
    ['empty members', ',gzip,,', 'gzip'],
    ['a weight that is unreadable', 'gzip;q=best', 'gzip'],
    ['other parameters', 'gzip;level=9', 'gzip'],
  ])('passes over %s', (_, one, other) => {
    expect(reduceAcceptEncoding(one)).toBe(reduceAcceptEncoding(other))
  })

  it.each([
    ['preference', 'gzip, br;q=0.5', 'br, gzip;q=0.5'],
    ['one coding more', 'gzip', 'gzip, br'],
    ['refusal of identity', 'gzip', 'gzip, identity;q=0'],
    ['refusal of all others', 'gzip', 'gzip, *;q=0'],
    ['refusal beside a *', '*', '*, gzip;q=0'],
    ['a refused coding and another', 'gzip;q=0, *', 'br;q=0, *'],
    ['anything and nothing', '*', ''],
  ])('tells %s', (_, one, other) => {
    expect(reduceAcceptEncoding(one)).not.toBe(reduceAcceptEncoding(other))
  })

  it('answers the same when asked again, and after many others', () => {
    const first = reduceAcceptEncoding('br;q=0.7, gzip')
    for (let i = 0; i < 500; i++) reduceAcceptEncoding(`x-${i}`)
    expect(reduceAcceptEncoding('br;q=0.7, gzip')).toBe(first)
  })

  it('never throws, and has few results', () => {
    const members = fc.array(
      fc.tuple(
        fc.constantFrom('gzip', 'br', '*', 'identity', 'x'),
        fc.constantFrom('', ';q=0', ';q=1', ';q=0.5', ';q='),
      ),
    )
    fc.assert(
      fc.property(members, (list) => {
        const value = list.map((member) => member.join('')).join(',')
        expect(reduceAcceptEncoding(value)).toMatch(/^[a-z*!=>]*$/)
        expect(reduceAcceptEncoding(value).length).toBeLessThan(60)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => typeof reduceAcceptEncoding(text) === 'string'))
  })
})

describe('acceptsCodings', () => {
  it.each([
    [undefined, 'gzip'],
    [undefined, 'lz4'],
    ['gzip', 'gzip'],
    ['x-gzip', 'GZIP'],
    ['gzip', 'x-gzip'],
    ['br;q=0.1, *;q=0', 'br'],
    ['*', 'lz4'],
    ['br, gzip', ' br , gzip '],
    ['', 'identity'],
    ['gzip', ''],
  ])('%p reads %p', (acceptEncoding, contentEncoding) => {
    expect(acceptsCodings(acceptEncoding, contentEncoding)).toBe(true)
  })

  it.each([
    ['', 'gzip'],
    ['identity', 'gzip'],
    ['gzip', 'br'],
    ['gzip;q=0', 'gzip'],
    ['gzip;Q=0.0000', 'gzip'],
    ['gzip, gzip;q=0', 'gzip'],
    ['gzip;q=0, gzip', 'gzip'],
    ['*, br;q=0', 'br'],
    ['*;q=0', 'gzip'],
    ['gzip', 'br, gzip'],
  ])('%p does not read %p', (acceptEncoding, contentEncoding) => {
    expect(acceptsCodings(acceptEncoding, contentEncoding)).toBe(false)
  })

  it('has nothing to say of a coding that it does not know: such a page is chosen by the whole field', () => {
    expect(reduceAcceptEncoding('gzip, lz4')).toBe(reduceAcceptEncoding('gzip'))
    expect(acceptsCodings('gzip', 'lz4')).toBe(true)
    const names = variesByCoding('gzip, lz4')
    const keyFor = (value: string) => variantKeyText(names, { 'accept-encoding': value })
    expect(keyFor('gzip, lz4')).not.toBe(keyFor('gzip'))
    expect(variesByCoding('x-gzip, br, identity')).toEqual(['accept-encoding'])
    expect(variesByCoding(' , identity')).toEqual([])
  })
})
