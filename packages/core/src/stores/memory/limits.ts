/** Limits of the entries of a memory store, checked. */
export interface MemoryLimits {
  readonly maxBytes?: number
  readonly maxEntries?: number
  readonly cullFrequency?: number
  readonly now?: () => number
}

/** 64 MiB: thousands of pages, and room beside them in the smallest containers. */
export const DEFAULT_MAX_BYTES = 64 * 2 ** 20
