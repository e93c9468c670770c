import { type Bucket, bucketValue } from '../fields/buckets.js'
import type { HeaderMap } from '../fields/headers.js'
import { KeyPartError } from './key-parts.js'

/**
 * Returns the text to which a bucket reduces a header; undefined: as if it were absent.
 *
 * @throws KeyPartError for an answer without an unambiguous text, such as a promise: all variants
 *   would be one page
 */
export function bucketText(
  name: string,
  bucket: Bucket,
  value: string | undefined,
  headers: HeaderMap,
): string | undefined {
  const reduced: unknown = bucketValue(name, bucket, value, headers)
  if (typeof reduced === 'string') return reduced
  if (reduced === undefined || reduced === null) return undefined
  if (typeof reduced === 'boolean' || Number.isFinite(reduced)) return String(reduced)
  // Nobody waits for its answer, so nobody else handles its error.
  Promise.resolve(reduced).catch(() => undefined)
  throw new KeyPartError(`buckets['${name}']`, reduced)
}
