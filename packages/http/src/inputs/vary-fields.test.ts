import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { patchVary } from '../fields/vary.js'
import { cookieInput, headerInput, reqInput } from './input-names.js'
import { isDeclaredInput, isIdentityInput, isPrivateInput, varyFieldsOf } from './vary-fields.js'

describe('varyFieldsOf', () => {
  it.each<[string[], string[]]>([
    [[], []],
    [
      ['x-b', 'accept-language'],
      ['accept-language', 'x-b'],
    ],
    [['cookie', 'cookie:*', 'cookie:theme', 'session', 'visitor'], ['Cookie']],
    [['header:*'], ['Authorization', 'Cookie', 'x-tenant']],
    [['header:session'], ['session']],
    [['=accept-encoding', 'accept-encoding'], ['accept-encoding']],
    [['host'], []],
    [['req:tenant', 'locals:cart', 'locals:*'], []],
    [['a b', ':authority', '', '*', 'constructor:x'], []],
    [['constructor', '__proto__'], ['constructor']],
  ])('of %p are %p', (names, fields) => expect(varyFieldsOf(names, ['cookie', 'x-tenant'])).toEqual(fields))

  it('can be put into Vary, whatever names a store holds', () => {
    const names = fc.array(fc.oneof(fc.string(), fc.constantFrom('header:*', 'cookie:a', 'session', 'x-a')))
    fc.assert(
      fc.property(names, fc.array(fc.string()), (list, sent) => {
        const fields = varyFieldsOf(list, sent)
        expect(fields.length === 0 || patchVary(undefined, fields) !== '').toBe(true)
        expect(new Set(fields.map((field) => field.toLowerCase())).size).toBe(fields.length)
      }),
    )
  })

  it('name the field of every header that a page depends on', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const input = headerInput(name)
        if (input === undefined || name.toLowerCase() === 'host' || name === '*') return
        expect(varyFieldsOf([input]).map((field) => field.toLowerCase())).toEqual([name.toLowerCase()])
      }),
    )
  })
})

describe('isIdentityInput and isPrivateInput', () => {
  it.each([
    ['session', true, true],
    ['visitor', true, true],
    [reqInput('tenant'), false, true],
    ['locals:cart', false, true],
    ['locals:*', false, true],
    ['an unknown:kind', false, true],
    ['cookie', false, false],
    ['cookie:*', false, false],
    [cookieInput('theme'), false, false],
    ['header:*', false, false],
    ['header:session', false, false],
    ['accept-language', false, false],
    ['=accept-encoding', false, false],
  ])('of %p are %p and %p', (name, identity, secret) => {
    expect(isIdentityInput(name)).toBe(identity)
    expect(isPrivateInput(name)).toBe(secret)
  })
})

describe('isDeclaredInput', () => {
  it.each<[string, string[], boolean]>([
    ['x-a', [], false],
    ['x-a', ['X-A', 'Cookie'], true],
    ['=accept-encoding', ['Accept-Encoding'], true],
    ['cookie:*', ['Cookie'], true],
    ['cookie:theme', ['Cookie'], true],
    ['session', ['Cookie'], true],
    ['visitor', ['Authorization'], false],
    ['visitor', ['Cookie'], true],
    ['header:*', ['Cookie', 'Authorization'], false],
    ['req:tenant', ['Cookie'], false],
    ['locals:*', ['Cookie'], false],
    ['unknown:x', ['Cookie'], false],
  ])('of %j with Vary %j is %j', (name, vary, expected) => {
    expect(isDeclaredInput(name, vary)).toBe(expected)
  })
})
