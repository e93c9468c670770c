import { describe, expect, it } from '@jest/globals'
import { type Bucket, KeyPartError } from '../index.js'
import { bucketText } from './bucket-text.js'

const reduced = (answer: unknown): string | undefined =>
  bucketText('x-tenant', (() => answer) as Bucket, 'a', {})

describe('bucketText', () => {
  it.each([
    ['a', 'a'],
    ['', ''],
    [1, '1'],
    [true, 'true'],
    [undefined, undefined],
    [null, undefined],
  ])('is of %p %p', (answer, text) => expect(reduced(answer)).toBe(text))

  it.each([
    ['a promise', Promise.resolve('a')],
    ['a promise that fails', Promise.reject(new Error('x'))],
    ['an object', {}],
    ['a list', ['a']],
    ['NaN', Number.NaN],
    ['a function', () => 'a'],
  ])('refuses %s', (_, answer) => {
    if (answer instanceof Promise) answer.catch(() => undefined)
    expect(() => reduced(answer)).toThrow(KeyPartError)
  })
})
