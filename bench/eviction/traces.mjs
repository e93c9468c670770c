/** Seeded generator of numbers in [0, 1): mulberry32. @param {number} seed */
export function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Draws ranks below `count`, each with a probability of 1 / (rank + 1) ** exponent.
 *
 * @param {number} count @param {number} exponent @param {() => number} random
 */
function zipf(count, exponent, random) {
  const sums = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** exponent
    sums[rank] = sum
  }
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sums[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const SMALLEST = 200
/** Bytes of the largest page. */
export const LARGEST = 5_000_000
/** Median of the sizes, in bytes, and the standard deviation of their logarithm. */
const MEDIAN = 12_000
const DEVIATION = 1.6

/** Size of a page, log-normal and the same whenever it is asked. @param {number} id @param {number} seed */
export function logNormalSize(id, seed) {
  const random = generator(Math.imul(id + 1, 0x9e3779b1) ^ seed)
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.round(Math.min(LARGEST, Math.max(SMALLEST, MEDIAN * Math.exp(DEVIATION * normal))))
}

/** Crawled and unique pages have ids from here on. */
const NEW = 2 ** 24

/**
 * @typedef {object} Trace
 * @property {string} name
 * @property {Int32Array} ids of the pages, in the order of their requests
 * @property {(id: number) => number} size bytes
 * @property {(id: number) => boolean} [counts] whether a hit of this page counts. @default each does
 */

/**
 * @param {string} name
 * @param {{ exponent: number, requests: number, pages: number, seed: number, size?: (id: number) => number,
 *   other?: 'scan' | 'wonders' | 'crawl', crawled?: number }} options
 * @returns {Trace}
 */
export function trace(name, { exponent, requests, pages, seed, size, other, crawled = 0 }) {
  const random = generator(seed)
  const rank = zipf(pages, exponent, random)
  const ids = new Int32Array(requests + crawled)
  let unseen = NEW
  for (let i = 0; i < ids.length; i++) {
    // A scan: each tenth part of the trace ends with pages that nobody asks for twice.
    const isOther =
      (other === 'scan' && i % (ids.length / 10) > (ids.length / 10) * 0.7) ||
      (other === 'wonders' && random() < 0.3) ||
      (other === 'crawl' && i % 2 === 1 && unseen - NEW < crawled)
    ids[i] = isOther ? unseen++ : rank()
  }
  const bytes = size ?? ((id) => logNormalSize(id, seed))
  return { name, ids, size: bytes, ...(other === 'crawl' && { counts: (id) => id < NEW }) }
}
