import { describe, expect, it } from '@jest/globals'
import { Ring } from './ring.js'

const names = ['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211', '10.0.0.4:11211']
const ring = new Ring(new Map(names.map((name) => [name, name])))
const keys = Array.from({ length: 20_000 }, (_, i) => `shop:1:page:${i}`)
const find = (key: string, without?: string) => ring.find(key, (name) => name !== without) ?? ''

describe('Ring', () => {
  it('gives each member about its share, also of keys that differ by a digit', () => {
    for (const name of names) {
      const share = keys.filter((key) => find(key) === name).length / keys.length
      expect(share).toBeGreaterThan(0.15)
      expect(share).toBeLessThan(0.35)
    }
  })

  it('moves the keys of a lost member only, and to all others', () => {
    const lost = names[1]
    const heirs = new Map<string, number>()
    for (const key of keys) {
      const before = find(key)
      const after = find(key, lost)
      if (before !== lost) expect(after).toBe(before)
      else heirs.set(after, (heirs.get(after) ?? 0) + 1)
    }
    expect([...heirs.keys()].sort()).toEqual(names.filter((name) => name !== lost))
  })

  it('moves no more than its share to a new member', () => {
    const larger = new Ring(new Map([...names, '10.0.0.5:11211'].map((name) => [name, name])))
    const moved = keys.filter((key) => larger.find(key, () => true) !== find(key))
    expect(moved.length / keys.length).toBeLessThan(0.3)
    expect(moved.every((key) => larger.find(key, () => true) === '10.0.0.5:11211')).toBe(true)
  })

  it('does not depend on the order in which members are named', () => {
    const other = new Ring(new Map(names.toReversed().map((name) => [name, name])))
    for (const key of keys.slice(0, 1000)) expect(other.find(key, () => true)).toBe(find(key))
  })

  it('has no member when none is allowed', () => {
    expect(ring.find('k', () => false)).toBeUndefined()
    expect(new Ring(new Map()).find('k', () => true)).toBeUndefined()
  })
})
