import type { Cache, Caches } from '@sitecache/core'
import { checkOptions, flag, refusal, resolveCache } from '@sitecache/core/internal'
import { cacheOption, cachesOption } from '../options/schema.js'
import { routeTag } from '../pages/route-tag.js'

/** Options of `invalidateTags` and `invalidateRoute`. */
export interface InvalidateOptions {
  /** Cache of the pages, or its alias. @default 'default' */
  readonly cache?: Cache | string
  /** Caches in which aliases are looked up. @default the process-wide caches */
  readonly caches?: Caches
  /** Marks pages as stale instead of dropping them, for `staleWhileRevalidate`. @default false */
  readonly soft?: boolean
}

/** Schema of `InvalidateOptions`. */
export const invalidateOptions = { cache: cacheOption, caches: cachesOption, soft: flag }

/**
 * Invalidates all pages and values with one of these tags, in every process that shares the store,
 * including pages that are being rendered.
 *
 * @param args tags, and at the end `InvalidateOptions`
 * @example await invalidateTags('articles', `article:${id}`)
 * @example await invalidateTags('articles', { cache: 'pages', soft: true })
 * @throws ValueError for a tag that is not allowed; SettingsError for an option; StoreError when
 *   the store did not take it
 */
export async function invalidateTags(...args: (string | InvalidateOptions)[]): Promise<void> {
  const last = args.at(-1)
  const options = typeof last === 'object' ? last : {}
  const tags = typeof last === 'object' ? args.slice(0, -1) : args
  checkOptions(options, invalidateOptions, 'invalidateTags')
  const { cache, caches, soft = false } = options
  await resolveCache(cache, caches).tags.invalidate(tags as string[], { soft })
}

/**
 * Invalidates the pages of an Express route.
 *
 * @param route as spelt in the application, with the mount points of its routers in front; letter
 *   case and the names of parameters make no difference
 * @param options see `InvalidateOptions`. @default {}
 * @example await invalidateRoute('/articles/:id')
 * @throws SettingsError for an option; StoreError when the store did not take it
 */
export async function invalidateRoute(route: string, options: InvalidateOptions = {}): Promise<void> {
  if (typeof route !== 'string') throw refusal('invalidateRoute', "a route, such as '/articles/:id'", route)
  await invalidateTags(routeTag(route), options)
}
