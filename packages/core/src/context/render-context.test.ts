import { describe, expect, it } from '@jest/globals'
import { collect, reportExpiry, reportTags, runInContext } from '../index.js'
import { collectSync } from '../internal.js'

const later = () => new Promise((resolve) => setImmediate(resolve))

describe('collect', () => {
  it('answers the value with all tags and the earliest expiry, reported after waiting too', async () => {
    const collected = await collect(async () => {
      reportTags(['a', 'b'])
      reportExpiry(2000)
      await later()
      reportTags(['b', 'c'])
      reportExpiry(1000)
      reportExpiry(null)
      return 'html'
    })
    expect(collected).toEqual({ value: 'html', tags: new Set(['a', 'b', 'c']), expires: 1000 })
  })

  it('keeps those under way at the same time apart', async () => {
    const one = async (tag: string) => {
      await later()
      reportTags([tag])
    }
    const [a, b] = await Promise.all([collect(() => one('a')), collect(() => one('b'))])
    expect([...a.tags, ...b.tags]).toEqual(['a', 'b'])
  })

  it('lets nothing out to the surroundings outside', async () => {
    const outer = await collect(() => collect(() => reportTags(['inner'])))
    expect(outer.tags.size).toBe(0)
    expect([...outer.value.tags]).toEqual(['inner'])
    expect(collectSync(() => collectSync(() => reportExpiry(5))).expires).toBeNull()
  })
})

describe('runInContext', () => {
  it('tells the listener, and answers what the function does', () => {
    const told: unknown[] = []
    const listener = {
      tags: (tags: readonly string[]) => told.push(tags),
      expiry: (at: number) => told.push(at),
    }
    const answer = runInContext(listener, () => {
      reportTags(['a'])
      reportTags([])
      reportExpiry(7)
      return 3
    })
    expect(answer).toBe(3)
    expect(told).toEqual([['a'], 7])
  })

  it('is not needed: a report that nobody hears is none', () => {
    expect(() => reportTags(['a'])).not.toThrow()
    expect(() => reportExpiry(1)).not.toThrow()
  })
})
