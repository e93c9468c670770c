import { describe, expect, it } from '@jest/globals'
import {
  addedLifetimeOf,
  asToldNow,
  formatHttpDate,
  type LifetimeBasis,
  Page,
  removeAddedLifetime,
} from '../index.js'

const storedAt = Date.UTC(2026, 5, 1, 12)
const at = (seconds: number): string => formatHttpDate(storedAt + seconds * 1000)
const pageOf = (basis: LifetimeBasis, expires = at(2)): Page =>
  new Page({
    status: 200,
    statusMessage: '',
    headers: ['Cache-Control', 'max-age=2', 'Date', at(0), 'Expires', expires],
    removed: [],
    body: Buffer.from('page'),
    storedAt,
    initialAge: 0,
    lifetime: 600,
    basis,
    tags: ['a'],
  })

describe('asToldNow', () => {
  it.each(['own', 'client'] as const)('counts from the delivery for %s', (basis) => {
    const told = asToldNow(pageOf(basis), storedAt + 100_000)
    expect(told.age).toBeUndefined()
    expect(told.page.headers).toEqual(['Cache-Control', 'max-age=2', 'Date', at(100), 'Expires', at(102)])
    expect(told.page.tags).toEqual(['a'])
    expect(told.page.body.toString()).toBe('page')
  })

  it.each(['explicit', 'added', 'heuristic'] as const)('says the age for %s', (basis) => {
    const page = pageOf(basis)
    expect(asToldNow(page, storedAt + 100_000)).toEqual({ page, age: '100' })
  })

  it.each(['0', 'soon'])('leaves an Expires of %s, which has passed', (expires) => {
    expect(asToldNow(pageOf('own', expires), storedAt + 100_000).page.header('expires')).toBe(expires)
  })
})

describe('removeAddedLifetime', () => {
  const added = addedLifetimeOf(pageOf('added'))

  it('is of pages to which a lifetime was added', () => {
    expect(added).toEqual({ maxAge: 2, expires: at(2) })
    expect(addedLifetimeOf(pageOf('explicit'))).toBeUndefined()
    expect(addedLifetimeOf(pageOf('own'))).toBeUndefined()
  })

  it.each([
    [{ 'cache-control': 'max-age=2', expires: at(2) }, undefined, undefined],
    [{ 'cache-control': 'public, max-age=2', expires: at(9) }, 'public', at(9)],
    [{ 'cache-control': 'max-age=1', expires: at(2) }, 'max-age=1', undefined],
    [{}, undefined, undefined],
  ])('leaves of %j what was said beside it', (headers, control, expires) => {
    const judged: Record<string, string | undefined> = { ...headers }
    if (added !== undefined) removeAddedLifetime(judged, added)
    expect([judged['cache-control'], judged.expires]).toEqual([control, expires])
  })
})
