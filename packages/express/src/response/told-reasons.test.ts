import { describe, expect, it } from '@jest/globals'
import { type Forward, type ForwardReason, REASONS, type Reason } from '@sitecache/http'
import type { BypassReason } from '../request/locate.js'
import type { SkipReason } from './judge.js'

/** Reasons that stand beside a page that was served, and those that only a result has. */
type OtherReason =
  | 'stale-while-revalidate'
  | 'max-stale'
  | 'stale-if-error'
  | 'only-if-cached'
  | 'outdated'
  | 'refetched'
  | 'store'

/** Words of one list that the other lacks. */
type Difference<A, B> = Exclude<A, B> | Exclude<B, A>

describe('REASONS', () => {
  it('has all that the cache tells, and no other', () => {
    // Checked by the compiler: each difference is a word that can't be assigned.
    const reasons: readonly Difference<Reason, BypassReason | SkipReason | OtherReason>[] =
      [] satisfies never[]
    const forwards: readonly Difference<Forward, ForwardReason | 'method' | 'bypass'>[] = [] satisfies never[]
    const check: readonly never[] = [...reasons, ...forwards]
    expect(check).toEqual([])
    expect(Object.keys(REASONS).length).toBeGreaterThan(40)
  })
})
