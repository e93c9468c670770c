import type { IncomingMessage } from 'node:http'
import {
  type Cache,
  Caches,
  type InvalidationBus,
  caches as processWide,
  SettingsError,
} from '@sitecache/core'
import { checkOptions, flag, func, refusal } from '@sitecache/core/internal'
import type { PurgeOptions } from '@sitecache/express'
import type { Audit } from './actions/audit.js'

/** Request as an application's callbacks get it: Express's, where its types are installed. */
export type OperatorRequest = Parameters<PurgeOptions['authorize']>[0]

/** A finding of the doctor, as `@sitecache/doctor` makes it. */
export interface ShownFinding {
  readonly rule: string
  readonly title: string
  readonly route?: string | undefined
  readonly evidence: string
  readonly estimate: { readonly requestsPerHour: number; readonly secondsPerHour: number }
  readonly fix: { readonly text: string; readonly code: string }
}

/** The result of `doctor()` of `@sitecache/doctor`. */
export interface FindingSource {
  findings(): readonly ShownFinding[] | Promise<readonly ShownFinding[]>
}

/** Options of `dashboard`. */
export interface DashboardOptions<Q = IncomingMessage> {
  /**
   * Whether this request may see the dashboard. Required. Anything but `true` is a 404, and so is
   * an error that it throws.
   */
  authorize(req: Q): boolean | Promise<boolean>
  /** Caches that are shown. @default the process-wide caches */
  readonly caches?: Caches | readonly Cache[]
  /** Leaves out purging and refreshing. @default false */
  readonly readOnly?: boolean
  /** Called with each action, and with those that were refused. */
  audit?: Audit<Q>
  /** Finds what keeps pages from being hits, for the page Doctor. @default the page is left out */
  readonly doctor?: FindingSource
  /**
   * Bus by which processes whose stores are in memory tell each other their figures, such as
   * `redisBus(url)`. @default a store that they share, or the primary of their cluster
   */
  readonly bus?: InvalidationBus
  /** Names of values by patterns of their keys, as of `metrics()`. @default [] */
  readonly groups?: readonly (readonly [pattern: RegExp, name: string])[]
  /** Routes with figures of their own in each cache; the others are `(other)`. @default 200 */
  readonly maxRoutes?: number
}

const objectWith =
  <T>(allowed: string, ...methods: readonly string[]) =>
  (value: unknown, path: string): T => {
    const has = (name: string) =>
      typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
    if (methods.every(has)) return value as T
    throw refusal(path, allowed, value)
  }

const anything =
  <T>() =>
  (value: unknown): T =>
    value as T

const schema = {
  authorize: func<DashboardOptions['authorize']>(),
  // Checked where they are counted.
  caches: anything<Caches | readonly Cache[]>(),
  groups: anything<NonNullable<DashboardOptions['groups']>>(),
  maxRoutes: anything<number>(),
  readOnly: flag,
  audit: func<Audit>(),
  bus: objectWith<InvalidationBus>('a bus, such as redisBus(url)', 'publish', 'subscribe'),
  doctor: objectWith<FindingSource>('the result of doctor()', 'findings'),
}

/**
 * Checks the options of `dashboard`.
 *
 * @throws SettingsError without `authorize`, or for an option that is unknown or not allowed
 */
export function parseOptions(options: DashboardOptions) {
  if (typeof options?.authorize !== 'function')
    throw new SettingsError(
      'dashboard.authorize must be a function that says whether a request may see the dashboard and purge, such as (req) => req.user?.isAdmin === true: without it every client could',
    )
  const checked = checkOptions(options, schema, 'dashboard')
  const { caches = processWide, groups = [], maxRoutes = 200, readOnly = false } = checked
  const { audit, bus, doctor } = checked
  return { authorize: options.authorize, caches, groups, maxRoutes, readOnly, audit, bus, doctor }
}

/** Finds a cache by its alias, among those that are shown. */
export function cacheNamed(caches: Caches | readonly Cache[], alias: string): Cache | undefined {
  if (caches instanceof Caches) return caches.find(alias)
  return caches.find((cache) => cache.alias === alias)
}
