import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, jest } from '@jest/globals'
import type { CacheSampler } from '@sitecache/core/internal'
import { doctor } from '../src/index.js'
import { freshCache } from './seeds/keys.js'

/** Look-ups of pages of which each is new, as a crawler makes them. */
function crawl(sampler: CacheSampler | undefined, count: number): void {
  const layer = { lifetime: 600, staleFor: 0, isSorted: false, maxVariants: 100, jitter: 0, lock: false }
  for (let i = 0; i < count; i += 1) {
    const body = sampler?.body()
    body?.add(`page ${i}`, 'utf8')
    sampler?.take({
      event: { result: 'miss', route: '/articles/:id', status: 200, renderMs: 5, durationMs: 5, bytes: 10 },
      ...{ at: i, method: 'GET', scheme: 'http', host: 'shop.example', url: `/articles/${i}?page=${i % 3}` },
      ...{ extraKey: '', matching: {}, inputs: ['accept-language'], layer, isRepeated: false, body },
      source: { headers: { 'accept-language': `en;q=0.${i % 90}` }, value: () => undefined },
    })
  }
}

it('lets the process serve requests while a large sample is examined, and works once for all who ask', async () => {
  const cache = freshCache()
  const hitRate = doctor({ caches: [cache] })
  crawl(cache.meter.sampler, 30_000)
  // Each look at the clock finds a millisecond gone: eight steps make a slice, however fast they are.
  let now = 0
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => {
    now += 1
    return now
  })
  let isOver = false
  const asked = [hitRate.findings(), hitRate.findings()].map((it) => it.finally(() => (isOver = true)))
  let turns = 0
  for (; !isOver; turns += 1) await turn()
  expect(turns).toBeGreaterThan(20)
  const looks = clock.mock.calls.length
  expect(await Promise.all([...asked, hitRate.findings()])).toEqual([[], [], []])
  expect(clock.mock.calls.length).toBe(looks)
  clock.mockRestore()
  hitRate.close()
})

it('finds nothing, and fails nothing, where it is closed meanwhile', async () => {
  const cache = freshCache()
  const hitRate = doctor({ caches: [cache] })
  crawl(cache.meter.sampler, 5000)
  const asked = hitRate.findings()
  hitRate.close()
  expect(await asked).toEqual([])
})
