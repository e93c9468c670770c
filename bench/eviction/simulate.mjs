/**
 * Which order of eviction keeps what will be asked for again: `node eviction/simulate.mjs [--requests 400000]`. The same
 * numbers whenever and wherever it runs: the traces are made from a seed. Prints Markdown.
 */
import { parseArgs } from 'node:util'
import { lru, memory, s3fifo, sieve } from './policies.mjs'
import { trace } from './traces.mjs'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '400000' },
    pages: { type: 'string', default: '100000' },
    mebibytes: { type: 'string', default: '64,256' },
    seed: { type: 'string', default: '42' },
  },
})
const requests = Number(values.requests)
const pages = Number(values.pages)
const seed = Number(values.seed)

/** Of a full store, a page over this part of it is kept when it comes the second time. */
const ADMITTED = 1024

/** @type {Record<string, (bytes: number) => import('./policies.mjs').Policy>} */
const policies = {
  LRU: (bytes) => lru(bytes),
  'LRU, admission': (bytes) => lru(bytes, ADMITTED),
  SIEVE: (bytes) => sieve(bytes),
  'SIEVE, admission': (bytes) => sieve(bytes, ADMITTED),
  'S3-FIFO': (bytes) => s3fifo(bytes),
  'S3-FIFO, admission': (bytes) => s3fifo(bytes, ADMITTED),
  "memoryStore, 'lru'": (bytes) => memory(bytes, 'lru'),
  memoryStore: (bytes) => memory(bytes, 's3-fifo'),
}

const twentyKilobytes = () => 20 * 1024
/** The crawl's site: small enough for a store to keep what is asked for most. */
const site = { exponent: 0.9, requests: 200_000, pages: 20_000, seed }

/** @type {(() => import('./traces.mjs').Trace)[]} */
const traces = [
  ...[0.7, 0.9, 1.1].flatMap((exponent) => [
    () => trace(`Zipf ${exponent}`, { exponent, requests, pages, seed }),
    () => trace(`Zipf ${exponent}, scans`, { exponent, requests, pages, seed, other: 'scan' }),
    () =>
      trace(`Zipf ${exponent}, 30 % asked for once`, { exponent, requests, pages, seed, other: 'wonders' }),
  ]),
  () => trace('20 KB, Zipf 0.9', { ...site, size: twentyKilobytes }),
  () =>
    trace('the same, and a crawl of 200,000', {
      ...site,
      size: twentyKilobytes,
      other: 'crawl',
      crawled: 200_000,
    }),
  () => trace('log-normal, Zipf 0.9', site),
  () => trace('the same, and a crawl of 200,000', { ...site, other: 'crawl', crawled: 200_000 }),
]

/**
 * Part of the requests that count that were hits.
 *
 * @param {import('./traces.mjs').Trace} trace
 * @param {import('./policies.mjs').Policy} policy
 */
function hitRatio({ ids, size, counts = () => true }, policy) {
  let hits = 0
  let asked = 0
  const sizes = new Map()
  for (const id of ids) {
    const known = sizes.get(id) ?? size(id)
    sizes.set(id, known)
    const isHit = policy.access(id, known)
    if (!counts(id)) continue
    asked += 1
    if (isHit) hits += 1
  }
  return hits / asked
}

for (const mebibytes of values.mebibytes.split(',').map(Number)) {
  console.log(`### Hits in 100 requests, ${mebibytes} MiB\n`)
  console.log(`| | ${Object.keys(policies).join(' | ')} |`)
  console.log(`|---|${'---:|'.repeat(Object.keys(policies).length)}`)
  for (const make of traces) {
    const made = make()
    const cells = Object.values(policies).map((policy) =>
      (hitRatio(made, policy(mebibytes * 2 ** 20)) * 100).toFixed(1),
    )
    console.log(`| ${made.name} | ${cells.join(' | ')} |`)
  }
  console.log('')
}
