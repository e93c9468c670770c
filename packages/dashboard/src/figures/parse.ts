import type { Snapshot } from '../shared/state.js'
import { MAX_BYTES } from './fit.js'

type Check = (value: unknown) => boolean

const number: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const text: Check = (value) => typeof value === 'string' && value.length <= 300
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 2000 && value.every(check)
const counts: Check = (value) => isObject(value) && Object.values(value).every(number)
const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(Reflect.get(value, name)))

const numbers = list(number)
const histogram = { counts: numbers, sum: number }
const size = { entries: optional(number), bytes: optional(number), limitBytes: optional(number) }
const series = shape({
  step: number,
  last: number,
  columns: (value) => isObject(value) && Object.values(value).every(numbers),
})
const stretches = shape({ minute: numbers, hour: numbers, day: numbers, all: numbers })
const circuit: Check = (value) => value === 'closed' || value === 'open' || value === 'half-open'

const isSnapshot = shape({
  v: (value) => value === 1,
  process: shape({
    id: text,
    instance: text,
    scope: text,
    pid: number,
    host: text,
    node: text,
    started: number,
    rss: number,
    requests: number,
    served: number,
  }),
  at: number,
  inFlight: number,
  windows: stretches,
  seconds: series,
  minutes: series,
  tens: series,
  routes: list(
    shape({
      cache: text,
      route: text,
      results: counts,
      savedSeconds: number,
      bytes: number,
      render: shape(histogram),
      refreshes: number,
      reasons: counts,
      variants: number,
    }),
  ),
  stores: list(
    shape({
      ...size,
      cache: text,
      store: text,
      isShared: (value) => typeof value === 'boolean',
      near: optional(shape(size)),
      circuit,
      evictions: counts,
      evictedUnused: number,
      errors: counts,
      operations: list(shape({ ...histogram, operation: text, outcomes: counts })),
      ages: shape(histogram),
      coalesced: number,
      bus: optional(shape({ sent: number, received: number, lost: number })),
    }),
  ),
  values: list(shape({ cache: text, name: text, kind: text, results: counts, compute: shape(histogram) })),
  purges: list(shape({ at: number, cache: text, by: text, mode: text, count: number, tag: optional(text) })),
  live: list(
    shape({
      n: number,
      process: text,
      at: number,
      cache: text,
      route: text,
      result: text,
      reason: optional(text),
      purpose: optional(text),
      status: number,
      ms: number,
      renderMs: optional(number),
      bytes: number,
    }),
  ),
})

/**
 * Reads a snapshot of another process.
 *
 * @returns undefined for anything else: nothing from a store or a bus is trusted
 */
export function parseSnapshot(written: string): Snapshot | undefined {
  if (written.length > MAX_BYTES) return undefined
  try {
    const value: unknown = JSON.parse(written)
    return isSnapshot(value) ? (value as Snapshot) : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
