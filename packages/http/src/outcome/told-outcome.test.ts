import { describe, expect, it } from '@jest/globals'
import { formatCacheStatus, toldOutcome } from '../index.js'

describe('toldOutcome', () => {
  it.each([
    [
      { hit: true, ttl: 60 },
      { result: 'hit', ttl: 60, age: 5 },
    ],
    [
      { hit: true, ttl: -1, detail: 'stale-while-revalidate' },
      { result: 'stale', reason: 'stale-while-revalidate', ttl: -1, age: 5 },
    ],
    [
      { fwd: 'stale', fwdStatus: 500, detail: 'stale-if-error' },
      { result: 'stale', reason: 'stale-if-error' },
    ],
    [{ fwd: 'stale', fwdStatus: 304, stored: true }, { result: 'revalidated' }],
    [{ fwd: 'uri-miss', collapsed: true, ttl: 60 }, { result: 'collapsed' }],
    [{ fwd: 'uri-miss', stored: true }, { result: 'miss' }],
    [
      { fwd: 'uri-miss', detail: 'set-cookie' },
      { result: 'unstorable', reason: 'set-cookie' },
    ],
    [
      { fwd: 'bypass', detail: 'skip' },
      { result: 'bypass', reason: 'skip' },
    ],
    [{ fwd: 'method' }, { result: 'bypass', reason: 'method' }],
    [
      { fwd: 'request', detail: 'only-if-cached' },
      { result: 'unsatisfiable', reason: 'only-if-cached' },
    ],
    [{ fwd: 'uri-miss', detail: 'toString' }, { result: 'unstorable' }],
  ] as const)('reads %j', (status, outcome) => {
    expect(toldOutcome(formatCacheStatus(status), 5)).toEqual(outcome)
  })

  it('is undefined where no sitecache tells of itself', () => {
    expect(toldOutcome('nginx; hit', 5)).toBeUndefined()
    expect(toldOutcome('', 5)).toBeUndefined()
  })
})
