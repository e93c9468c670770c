import { describe, expect, it } from '@jest/globals'
import { connectionNames, fieldValue, isHopByHop } from '../index.js'

describe('fieldValue', () => {
  it.each([
    ['a text', 'a', 'a'],
    ['an empty text', '', ''],
    ['a number', 0, '0'],
    ['lines as one list (RFC 9110 §5.3)', ['a', 'b, c'], 'a, b, c'],
    ['no lines', [], ''],
    ['nothing', undefined, undefined],
  ])('gives %s', (_, value, text) => expect(fieldValue({ 'x-a': value }, 'x-a')).toBe(text))
})

describe('isHopByHop', () => {
  it.each(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-connection'])(
    'RFC 9110 §7.6.1: %s is',
    (name) => expect(isHopByHop(name)).toBe(true),
  )

  it.each(['content-type', 'cache-control', 'vary', 'set-cookie', ''])('%p is not', (name) => {
    expect(isHopByHop(name)).toBe(false)
  })
})

describe('connectionNames', () => {
  it('are those in Connection, in lower case', () => {
    expect([...connectionNames({ connection: 'Close ,X-Private' })]).toEqual(['close', 'x-private'])
    expect([...connectionNames({ connection: ['X-A', 'x-b'] })]).toEqual(['x-a', 'x-b'])
  })

  it('are none without it', () => expect(connectionNames({}).size).toBe(0))
})
