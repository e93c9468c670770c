import { describe, expect, it } from '@jest/globals'
import {
  decideRequest,
  type LifetimeBasis,
  lifetimeBasis,
  Page,
  parseCacheControl,
  staleMayReplaceError,
  staleUse,
} from '../index.js'

const storedAt = Date.UTC(2026, 5, 1, 12)
const pageOf = (basis: LifetimeBasis, control = ''): Page =>
  new Page({
    status: 200,
    statusMessage: '',
    headers: control === '' ? [] : ['Cache-Control', control],
    removed: [],
    body: Buffer.from('account of alice'),
    storedAt,
    initialAge: 0,
    lifetime: basis === 'heuristic' ? 0 : 1,
    basis,
  })

const now = storedAt + 5000
const rules = { policy: 'rfc9111' } as const
const actionFor = (page: Page, control: string, other = {}): string =>
  decideRequest({
    ...rules,
    method: 'GET',
    requestHeaders: { 'cache-control': control },
    page,
    hadRecord: true,
    now,
    ...other,
  }).action

describe('lifetimeBasis', () => {
  const facts = { field: undefined, ownField: 'x-cache-control', clientTimeout: undefined }
  it.each([
    [{ source: 'timeout' }, {}, 'explicit'],
    [{ source: 'max-age' }, {}, 'explicit'],
    [{ source: 'max-age' }, { field: 'cdn-cache-control' }, 'explicit'],
    [{ source: 'max-age' }, { field: 'x-cache-control' }, 'own'],
    [{ source: 'site' }, {}, 'added'],
    [{ source: 'site' }, { clientTimeout: 59 }, 'client'],
    [{ source: 'site' }, { clientTimeout: 60 }, 'added'],
    [{ source: 'timeout' }, { clientTimeout: 0 }, 'client'],
    [{ source: 'max-age' }, { clientTimeout: 0 }, 'explicit'],
    [{ source: 'heuristic' }, {}, 'heuristic'],
    [{ source: 'none' }, { field: 'x-cache-control' }, 'heuristic'],
  ] as const)('of %j beside %j is %s', (lifetime, other, basis) => {
    expect(lifetimeBasis({ ...facts, ...other, lifetime: { seconds: 60, ...lifetime } })).toBe(basis)
  })
})

describe('a stale page without explicit freshness (RFC 9111 §4.2.4)', () => {
  const [silent, explicit] = [pageOf('heuristic'), pageOf('explicit')]

  it.each(['max-stale', 'max-stale=60'])('is not opened by %s', (control) => {
    expect(actionFor(silent, control)).toBe('miss')
    expect(actionFor(explicit, control)).toBe('serve-stale')
  })

  it('replaces no error, but where a directive or an option allows it', () => {
    const may = (page: Page, options = {}, control = ''): boolean =>
      staleMayReplaceError(page, { ...rules, ...options }, parseCacheControl(control), now)
    expect([may(silent), may(explicit)]).toEqual([false, true])
    expect(may(silent, {}, 'stale-if-error=60')).toBe(false)
    expect(may(silent, { staleIfError: 60 })).toBe(true)
    expect(may(pageOf('heuristic', 'stale-if-error=60'))).toBe(true)
  })

  it('is served while it is revalidated where its own directive says so alone', () => {
    expect(actionFor(silent, '', { staleWhileRevalidate: 60 })).toBe('miss')
    expect(actionFor(explicit, '', { staleWhileRevalidate: 60 })).toBe('serve-stale')
    expect(actionFor(pageOf('heuristic', 'stale-while-revalidate=60'), '')).toBe('serve-stale')
    expect(staleUse(parseCacheControl(undefined), false, rules)).toEqual({ whileRevalidate: 0, ifError: 0 })
  })
})

describe('Page.control', () => {
  it('is what a layer outside said, where no header of the page says it', () => {
    const page = new Page({ ...pageOf('explicit', 'max-age=1'), directives: 'max-age=1, must-revalidate' })
    const back = Page.decode(Buffer.concat(page.encode()))
    expect(back?.control.has('must-revalidate')).toBe(true)
    expect(back?.basis).toBe('explicit')
    expect(staleMayReplaceError(page, rules, undefined, now)).toBe(false)
  })
})
