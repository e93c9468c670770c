import { describe, expect, it } from '@jest/globals'
import type { LookUp } from '../sample/look-up.js'
import { examine } from './examination.js'
import { bytesOf, type RatioCurve, ratioCurve } from './ratio-curve.js'
import type { Steps } from './steps.js'

/** Look-ups of pages of one size, in the order of their paths. */
function lookUpsOf(paths: readonly number[]): LookUp[] {
  const seen = new Set<number>()
  return paths.map((path, at) => {
    const isServed = seen.has(path)
    seen.add(path)
    const facts = { isServed, isRender: !isServed, isOwn: false, isHead: false, isSorted: false }
    const parts = { cookies: [], setCookies: [] }
    const numbers = {
      key: path,
      layer: 1,
      site: 1,
      path,
      body: path,
      bytes: 1000,
      lifetime: 1e6,
      ttl: 1e6,
      staleFor: 0,
    }
    return {
      ...facts,
      ...parts,
      ...numbers,
      at,
      route: '/',
      result: isServed ? 'hit' : 'miss',
    } as unknown as LookUp
  })
}

function curveOf(lookUps: readonly LookUp[]): RatioCurve {
  const sampled = { cache: 'default', lookUps, evictions: [], purges: [] }
  return atOnce(ratioCurve(atOnce(examine(sampled))))
}

function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Hits of a store of so many pages that drops the one that was not asked for longest. */
function hitsOfLru(paths: readonly number[], pages: number): number {
  const store: number[] = []
  let hits = 0
  for (const path of paths) {
    const at = store.indexOf(path)
    if (at >= 0) store.splice(at, 1)
    if (at >= 0) hits += 1
    store.push(path)
    if (store.length > pages) store.shift()
  }
  return hits
}

function zipf(count: number, pages: number): number[] {
  let state = 3
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647
    return Math.imul(1 + Math.floor((state / 2_147_483_647) ** 3 * pages), 2_654_435_761) >>> 0
  })
}

describe('ratioCurve', () => {
  it('tells the hits of a store of any size', () => {
    const paths = zipf(2000, 100)
    const lookUps = lookUpsOf(paths)
    const curve = curveOf(lookUps)
    const bytes = bytesOf({ bytes: 1000 } as LookUp)
    for (const pages of [1, 5, 20, 60, 100]) expect(curve.hits(pages * bytes)).toBe(hitsOfLru(paths, pages))
  })

  it('tells them nearly where it follows some of the pages only', () => {
    const paths = zipf(60_000, 20_000)
    const curve = curveOf(lookUpsOf(paths))
    const bytes = bytesOf({ bytes: 1000 } as LookUp)
    const real = hitsOfLru(paths, 2000)
    expect(Math.abs(curve.hits(2000 * bytes) - real) / paths.length).toBeLessThan(0.03)
  })
})
