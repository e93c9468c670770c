import type { Bounds, ColumnName, ResultName } from './columns.js'

/** Numbers by name; those that are 0 may be absent. */
export type Counts = Readonly<Record<string, number>>

/** A stretch of time in steps. */
export interface Series {
  /** Milliseconds of a step. */
  readonly step: number
  /** Number of the last step since the epoch: its time divided by `step`. */
  readonly last: number
  /** Values of the steps up to the last one, without the zeros at the beginning. */
  readonly columns: Readonly<Partial<Record<ColumnName, readonly number[]>>>
}

/** Sums over stretches of time up to now: rows of `COLUMNS` and the two histograms. */
export interface Windows {
  readonly minute: readonly number[]
  readonly hour: readonly number[]
  readonly day: readonly number[]
  /** Since the process has begun to count. */
  readonly all: readonly number[]
}

/** Observations by bucket, the infinite one at the end, and their sum in seconds. */
export interface Histogram {
  readonly counts: readonly number[]
  readonly sum: number
}

/** Figures of one route of a cache. */
export interface RouteFigures {
  readonly cache: string
  readonly route: string
  readonly results: Readonly<Partial<Record<ResultName, number>>>
  readonly savedSeconds: number
  readonly bytes: number
  /** Renders in front of visitors. */
  readonly render: Histogram
  readonly refreshes: number
  /** Responses that were not stored, by reason. */
  readonly reasons: Counts
  readonly variants: number
}

/** Sizes of a store, or of one tier of it. */
export interface StoreSize {
  readonly entries?: number | undefined
  readonly bytes?: number | undefined
  readonly limitBytes?: number | undefined
}

/** Operations of a store, of one kind. */
export interface OperationFigures extends Histogram {
  readonly operation: string
  readonly outcomes: Counts
}

/** Figures of a cache about its store. */
export interface StoreFigures extends StoreSize {
  readonly cache: string
  readonly store: string
  /** Whether all processes have it in common: its sizes are then told once. */
  readonly isShared: boolean
  readonly near?: StoreSize | undefined
  readonly circuit: 'closed' | 'half-open' | 'open'
  readonly evictions: Counts
  readonly evictedUnused: number
  readonly errors: Counts
  readonly operations: readonly OperationFigures[]
  /** Age of pages when they were served. */
  readonly ages: Histogram
  readonly coalesced: number
  readonly bus?: { readonly sent: number; readonly received: number; readonly lost: number } | undefined
}

/** Figures of values, or fragments, of one name. */
export interface ValueFigures {
  readonly cache: string
  readonly name: string
  readonly kind: 'value' | 'fragment'
  readonly results: Counts
  readonly compute: Histogram
}

/** Invalidations of one kind within a second. */
export interface PurgeFigures {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly cache: string
  readonly by: string
  readonly mode: 'hard' | 'soft'
  readonly count: number
  /** Digest of the tag, where it was one tag. */
  readonly tag?: string | undefined
}

/** One exchange with a layer of cache. */
export interface LiveExchange {
  /** Number in its process, from 1 on. */
  readonly n: number
  /** Process. */
  readonly process: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly cache: string
  readonly route: string
  readonly result: ResultName
  readonly reason?: string | undefined
  readonly purpose?: string | undefined
  readonly status: number
  readonly ms: number
  readonly renderMs?: number | undefined
  readonly bytes: number
}

/** A request that was not answered from the cache. */
export interface SampledRequest {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly status: number
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** Headers by an allow-list. */
  readonly headers: Readonly<Record<string, string>>
  /** Names of the other headers: their values are not kept. */
  readonly masked: readonly string[]
}

/** A process whose figures are in the sum. */
export interface ProcessFigures {
  /** Of the dashboard, of which a process may have several. */
  readonly id: string
  readonly instance: string
  /** Digest of the caches that are shown: others are not added to them. */
  readonly scope: string
  readonly pid: number
  readonly host: string
  readonly node: string
  /** Milliseconds since the epoch. */
  readonly started: number
  readonly rss: number
  readonly requests: number
  readonly served: number
}

/** Figures of one process, or the sum of several. */
export interface Figures {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly inFlight: number
  readonly windows: Windows
  /** Five minutes by seconds. */
  readonly seconds: Series
  /** An hour by minutes. */
  readonly minutes: Series
  /** A day by ten minutes. */
  readonly tens: Series
  readonly routes: readonly RouteFigures[]
  readonly stores: readonly StoreFigures[]
  readonly values: readonly ValueFigures[]
  readonly purges: readonly PurgeFigures[]
  readonly live: readonly LiveExchange[]
}

/** Figures of one process, as it tells the others. */
export interface Snapshot extends Figures {
  readonly v: 1
  readonly process: ProcessFigures
}

/** State of all processes, as the page shows it. */
export interface State extends Figures {
  readonly bounds: Bounds & { readonly store: readonly number[]; readonly age: readonly number[] }
  readonly processes: readonly ProcessFigures[]
  /** How the processes hear of each other: `store redis`, `bus`, `cluster`, or `none`. */
  readonly sharedBy: string
}

/** All that changes each second. */
export interface Tick {
  readonly at: number
  readonly inFlight: number
  readonly processes: number
  readonly windows: Windows
  /** The last seconds. */
  readonly seconds: Series
  readonly purges: readonly PurgeFigures[]
  /** Exchanges that this stream has not told yet. */
  readonly live: readonly LiveExchange[]
}

/** Rights of the page, and the names that it offers. */
export interface Session {
  readonly token: string
  readonly readOnly: boolean
  readonly caches: readonly string[]
  readonly pages: readonly string[]
}
