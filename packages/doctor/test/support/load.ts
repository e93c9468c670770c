/** One request of a load. */
export interface LoadedRequest {
  /** Seconds since the beginning. */
  readonly at: number
  readonly path: string
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent to all processes at the same time. */
  readonly isEverywhere?: boolean
}

/** Returns numbers from 0 to 1 that are the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Whole number from 0 on. */
export function pick(random: () => number, count: number): number {
  return Math.floor(random() * count)
}

/** Makes a load of so many requests, one every so many seconds. */
export function loadOf(
  count: number,
  every: number,
  request: (random: () => number, i: number) => Omit<LoadedRequest, 'at'>,
  seed = 7,
): LoadedRequest[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, i) => ({ at: i * every, ...request(random, i) }))
}
