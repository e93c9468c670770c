import { describe, expect, it } from '@jest/globals'
import { RecentEntries, RecentEntry } from './recent-entries.js'
import { Segment } from './segment.js'

const place = { segment: new Segment(0, Buffer.alloc(64)), offset: 0 }
const entry = () => new RecentEntry(Buffer.from('x'), Number.POSITIVE_INFINITY, place)

/** Offers entries as the store does with those that it had to make again. */
function offer(recent: RecentEntries, keys: readonly string[], cost = 1): void {
  for (const key of keys)
    if (recent.get(key) === undefined && recent.takesNext()) recent.put(key, entry(), cost)
}

const keys = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`)
const there = (recent: RecentEntries, names: readonly string[]) =>
  names.filter((key) => recent.get(key) !== undefined).length

describe('recent entries', () => {
  it('are all that come, while there is room', () => {
    const recent = new RecentEntries(100)
    offer(recent, keys(100, 'a'))
    expect(there(recent, keys(100, 'a'))).toBe(100)
  })

  it('stay where they are asked for, however many others come once', () => {
    const recent = new RecentEntries(100)
    const hot = keys(50, 'hot')
    offer(recent, hot)
    expect(there(recent, hot)).toBe(50)
    for (let round = 0; round < 100; round++) {
      offer(recent, keys(100, `crawl ${round} `))
      expect(there(recent, hot)).toBe(50)
    }
  })

  it('give way to others that are asked for from now on', () => {
    const recent = new RecentEntries(100)
    offer(recent, keys(100, 'old'))
    for (let round = 0; round < 50; round++) offer(recent, keys(80, 'new'))
    expect(there(recent, keys(80, 'new'))).toBeGreaterThan(70)
  })

  it('take no more than their limit, and none that is larger', () => {
    const recent = new RecentEntries(100)
    for (let round = 0; round < 50; round++) offer(recent, keys(20, `r${round} `), 7)
    const all = Array.from({ length: 50 }, (_, round) => keys(20, `r${round} `)).flat()
    expect(there(recent, all)).toBe(14)
    recent.put('huge', entry(), 101)
    expect(recent.get('huge')).toBeUndefined()
    recent.clear()
    expect(there(recent, all)).toBe(0)
    offer(recent, keys(100, 'a'))
    expect(there(recent, keys(100, 'a'))).toBe(100)
  })
})
