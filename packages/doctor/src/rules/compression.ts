import { filtered, summed } from '../examine/steps.js'
import { findingOf, percent, type Rule } from './rule.js'

const MOST = 0.2
const FEWEST = 20

/** Stored pages that are compressed again for each request. */
export const compression: Rule = {
  name: 'compression',
  scope: 'cache',
  title: 'Pages are stored plain, and compressed on each hit',
  when: 'more than 20 % of the hits are encoded on their way out',
  remedy: '`compression()` below the cache',
  *find(examined) {
    const hits = yield* filtered(examined.lookUps, ({ isServed, isRender }) => isServed && !isRender)
    const encoded = yield* filtered(hits, ({ isEncodedOutside }) => isEncodedOutside)
    if (encoded.length < FEWEST || encoded.length <= hits.length * MOST) return []
    const milliseconds = yield* summed(encoded, (it) => Math.max(0, it.durationMs - (it.lookupMs || 0)))
    const evidence = `${percent(encoded.length, hits.length)} of ${hits.length} hits were compressed anew. The hit ratio stays, the work goes.`
    const fix = {
      text: 'Put compression() below the cache: pages are then stored compressed, once for each coding.',
      code: 'app.use(siteCache())\napp.use(compression())',
    }
    const gain = { requests: 0, seconds: milliseconds / 1000 }
    return [findingOf(compression, examined, { evidence, gain, fix })]
  },
}
