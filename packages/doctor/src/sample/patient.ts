import type { Cache } from '@sitecache/core'
import type { Sampled } from '../examine/examination.js'
import type { Steps } from '../examine/steps.js'
import { CacheHistory } from './events.js'
import { LookUpSample } from './sampler.js'

/** A cache that is sampled. */
export interface Patient {
  sampled(): Steps<Sampled>
  /** Stops the sample, unless another one wants it. */
  release(): void
}

interface Shared {
  readonly sample: LookUpSample
  readonly history: CacheHistory
  users: number
}

/** Doctors of one cache share its sample. */
const shared = new WeakMap<Cache, Shared>()

/** Begins to sample a cache, or shares its sample. @param limit look-ups at the most */
export function sampleOf(cache: Cache, limit: number): Patient {
  const it = shared.get(cache) ?? begin(cache, limit)
  it.users += 1
  it.sample.columns.limit = Math.max(limit, it.sample.columns.limit)
  let size: { limitBytes?: number; entries?: number } = {}
  const measure = (): void => {
    // A store elsewhere drops nothing that this process hears of.
    if (cache.store.sync === undefined) return
    void cache.store.stats().then(
      ({ limitBytes, entries }) => {
        size = {
          ...(limitBytes === undefined ? {} : { limitBytes }),
          ...(entries === undefined ? {} : { entries }),
        }
      },
      () => undefined,
    )
  }
  measure()
  let isReleased = false
  return {
    *sampled() {
      measure()
      const lookUps = yield* it.sample.lookUps()
      // Copies: more come while they are examined.
      const [evictions, purges] = [[...it.history.evictions], [...it.history.purges]]
      return { cache: cache.alias, lookUps, evictions, purges, ...size }
    },
    release() {
      if (isReleased) return
      isReleased = true
      it.users -= 1
      if (it.users === 0) end(cache, it)
    },
  }
}

function begin(cache: Cache, limit: number): Shared {
  const it = { sample: new LookUpSample(limit), history: new CacheHistory(cache), users: 0 }
  cache.meter.sampler = it.sample
  shared.set(cache, it)
  return it
}

function end(cache: Cache, it: Shared): void {
  const { meter } = cache
  if (meter.sampler === it.sample) meter.sampler = undefined
  it.history.close()
  shared.delete(cache)
}
