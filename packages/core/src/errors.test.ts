import { afterEach, describe, expect, it, jest } from '@jest/globals'
import * as errors from './errors.js'

describe('the classes of errors', () => {
  afterEach(() => void jest.resetModules())

  it('know the errors of another copy of the module, each class its own', async () => {
    jest.resetModules()
    const copy = await import('./errors.js')
    expect(copy.StoreError).not.toBe(errors.StoreError)
    const error: unknown = new copy.StoreError('down')
    expect([
      error instanceof errors.StoreError,
      error instanceof errors.SitecacheError,
      error instanceof errors.ValueError,
      new errors.ValueError('') instanceof copy.SitecacheError,
    ]).toEqual([true, true, false, true])
  })

  it('know those of the classes below them, and no other value', () => {
    class Mine extends errors.StoreError {}
    expect(new Mine('') instanceof errors.StoreError).toBe(true)
    expect(new Mine('') instanceof Mine).toBe(true)
    expect(new errors.StoreError('') instanceof Mine).toBe(false)
    for (const value of [undefined, null, 'StoreError', {}, new Error('')])
      expect(value instanceof errors.SitecacheError).toBe(false)
  })

  it('have names of their own', () => {
    const named = Object.entries(errors).filter(([name]) => name.endsWith('Error'))
    expect(named.map(([, errorClass]) => Reflect.construct(errorClass, ['']).name)).toEqual(
      named.map(([name]) => name),
    )
  })
})
