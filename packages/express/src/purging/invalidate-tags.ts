import type { Cache, Caches } from '@sitecache/core'
import { checkOptions, flag, resolveCache } from '@sitecache/core/internal'
import { cacheOption, cachesOption } from '../options/schema.js'
import { routeTag } from '../pages/route-tag.js'

/** Where, and how, tags are invalidated. */
export interface InvalidateOptions {
  /** The cache that keeps the pages, or its alias. @default 'default' */
  readonly cache?: Cache | string
  /** Where aliases are looked up. @default the process-wide caches */
  readonly caches?: Caches
  /** Leaves them as stale instead of dropping them: the next visitor gets the stale page where one may. @default false */
  readonly soft?: boolean
}

const schema = { cache: cacheOption, caches: cachesOption, soft: flag }

/**
 * Everything that was stored with one of these tags is out of date from now on, pages and values, in every process that shares the store:
 * however many there are, and what is being rendered too.
 *
 * @example await invalidateTags('articles', `article:${id}`)
 * @example await invalidateTags('articles', { cache: 'pages', soft: true })
 * @throws ValueError for what is no tag; SettingsError for an option; StoreError when the store couldn't be told
 */
export async function invalidateTags(...args: (string | InvalidateOptions)[]): Promise<void> {
  const last = args.at(-1)
  const options = typeof last === 'object' ? last : {}
  const tags = typeof last === 'object' ? args.slice(0, -1) : args
  checkOptions(options, schema, 'invalidateTags')
  const { cache, caches, soft = false } = options
  await resolveCache(cache, caches).tags.invalidate(tags as string[], { soft })
}

/**
 * Drops the pages of a route of Express, as it is spelt in the application, the mount points of its routers in front.
 *
 * @example await invalidateRoute('/articles/:id')
 * @throws SettingsError for an option; StoreError when the store couldn't be told
 */
export async function invalidateRoute(route: string, options: InvalidateOptions = {}): Promise<void> {
  await invalidateTags(routeTag(route), options)
}
