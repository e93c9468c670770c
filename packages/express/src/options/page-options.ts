import type { Cache, Caches, Timeout, Warnings } from '@sitecache/core'
import type { Policy } from '@sitecache/http'
import type { CallbackRequest, CallbackResponse } from '../node/application-types.js'
import type { InputOptions } from './input-options.js'

/**
 * Options of all middlewares that cache pages. Sizes are bytes, times seconds or a duration such as
 * `'15m'`.
 *
 * @typeParam Q request that the callbacks take
 * @typeParam S response that the callbacks take
 */
export interface PageOptions<Q = CallbackRequest, S = CallbackResponse> extends InputOptions<Q> {
  /** Cache for the pages, or its alias. @default 'default' */
  cache?: Cache | string
  /** Caches in which aliases are looked up. @default the process-wide ones of `configure()` */
  caches?: Caches
  /** Prefix of every key, which separates sites that share a store. @default '' */
  keyPrefix?: string
  /** Version of the keys. @default that of the cache */
  version?: number
  /**
   * Rules to follow.
   *
   * - `'django'`: Expires and max-age are added to what is stored, and a client's Cache-Control is
   *   ignored, as in Django.
   * - `'rfc9111'`: those of an HTTP shared cache. Nothing is added to a response, a client's
   *   directives are obeyed, and a response without a lifetime has a heuristic one (§4.2.2).
   *
   * @default 'django'
   */
  policy?: Policy
  /**
   * Methods whose responses are stored, always GET and HEAD. QUERY (RFC 10008) and POST have one
   * page per request content, which is read before the handler runs. Name POST only where no POST
   * changes anything: it then invalidates no pages.
   *
   * @default ['GET', 'HEAD'] under 'django'; ['GET', 'HEAD', 'QUERY'] under 'rfc9111'
   */
  methods?: readonly ('GET' | 'HEAD' | 'QUERY' | 'POST')[]
  /**
   * Longest request content that is read for a lookup, in bytes; a request with more bypasses the
   * cache.
   *
   * @default 64 KiB
   */
  maxRequestBodyBytes?: number
  /**
   * Longest wait for that content before its request bypasses the cache, in seconds or as a
   * duration.
   *
   * @default 5 seconds
   */
  requestBodyTimeout?: Timeout
  /**
   * Statuses that may be stored.
   *
   * @default [200] under 'django'; those of RFC 9111 §3 under 'rfc9111'
   */
  statuses?: readonly number[]
  /** Longest body that is stored, in bytes. @default 5 MiB */
  maxBodyBytes?: number
  /**
   * Signed-in visitors bypass the cache: their pages are neither looked up nor stored.
   *
   * @default false
   */
  anonymousOnly?: boolean
  /**
   * Warnings that are switched off, by code, for the whole process: `{ SITECACHE_HOSTS: false }`.
   *
   * @default {}
   */
  warnings?: Warnings
  /**
   * Hosts of the site, such as `['shop.example', '*.shop.example']`; requests for others bypass the
   * cache (`detail=host`), as Django's ALLOWED_HOSTS. A name without a port allows all ports.
   *
   * @default any
   */
  hosts?: readonly string[]
  /**
   * Lifetime that browsers are told under policy 'django', in seconds or as a duration; 0: they
   * validate each time. Never longer than the page's own.
   *
   * @default `timeout`
   */
  clientTimeout?: Timeout
  /**
   * Whether this request bypasses the cache: any truthy answer is a yes.
   *
   * @default never
   *
   * @example
   * siteCache({ skip: (req) => req.path.startsWith('/admin') })
   */
  skip?(req: Q): unknown
  /** Whether a response that may be stored shall be stored. @default always */
  storeIf?(req: Q, res: S): boolean
  /**
   * Treatment of a response with Set-Cookie: not stored, stored without it, or stored with it, for
   * everyone!
   *
   * @default 'skip'
   */
  setCookie?: 'skip' | 'strip' | 'store'
  /** Headers that are stored: those that the route added, or all. @default 'added' */
  headers?: 'added' | 'all'
  /**
   * Time for which a stale page is served at once while a new one is rendered in the background
   * (RFC 5861 §3), in seconds or as a duration. Under 'rfc9111' a response's own directive outranks
   * it.
   *
   * @default 0
   */
  staleWhileRevalidate?: Timeout
  /**
   * Time for which a stale page replaces an error of the handler (RFC 5861 §4), in seconds or as a
   * duration. Under 'rfc9111' a response's own directive outranks it.
   *
   * @default 0 under 'django'; under 'rfc9111' no limit for pages with explicit freshness, else 0
   *   (RFC 9111 §4.2.4)
   */
  staleIfError?: Timeout
  /**
   * Time without a response from the handler after which a stale page is served in its place, where
   * `staleIfError` allows one, in seconds or as a duration.
   *
   * @default no limit
   */
  originTimeout?: Timeout
  /**
   * Early refresh (XFetch): renders a page again in the background shortly before it expires; the
   * slower it renders, the earlier. `true`, or beta (above 1: earlier).
   *
   * @default false
   */
  earlyRefresh?: boolean | number
  /**
   * Share of its lifetime, from 0 to 1, by which a page may expire earlier, at random: pages that
   * were stored together then don't expire together.
   *
   * @default 0
   */
  jitter?: number
  /**
   * Targeted fields that outrank Cache-Control and Expires (RFC 9213); the first one present
   * counts. `Sitecache-Cache-Control` outranks them all, and is never sent on.
   *
   * @default [] under 'django'; ['CDN-Cache-Control'] under 'rfc9111'
   */
  targetedFields?: readonly string[]
  /**
   * Tags for `invalidateTags`, beside those of `cacheTags()` and `addCacheTags()`.
   *
   * @default none
   *
   * @example
   * siteCache({ tags: (req, res) => [`section:${req.path.split('/')[1]}`] })
   */
  tags?(req: Q, res: S): readonly string[]
  /**
   * Response header that tells clients the tags: `'Cache-Tag'`, `'Surrogate-Key'` or
   * `'Cache-Groups'` (RFC 9875).
   *
   * @default the tags are not sent
   */
  tagHeader?: string
  /**
   * Concurrent requests for one page that is not stored wait for the first render.
   *
   * @default true
   */
  coalesce?: boolean
  /**
   * Extends `coalesce` to all processes, by a lease in the store; one process at a time refreshes a
   * stale page. Costs some round trips per render and none per hit; none at all in a store of this
   * process. Needs `coalesce`.
   *
   * @default false
   */
  lock?: boolean
  /** Longest wait for another request's render, in seconds or as a duration. @default 5 seconds */
  lockTimeout?: Timeout
  /** Adds Cache-Status (RFC 9211) to responses. @default true */
  cacheStatus?: boolean
  /**
   * Explains itself in the response field `Sitecache-Explain` to requests that have a header of
   * that name, where `authorize(req)` says yes: any truthy answer, a promise's too. To others
   * nothing tells that it can. The value of the header is for `authorize` to judge, as a token.
   *
   * @default nothing is explained
   */
  explain?: { authorize(req: Q): unknown }
  /**
   * A successful POST, PUT, PATCH or DELETE invalidates the pages of its URL and of its `Location`
   * and `Content-Location` (RFC 9111 §4.4). `'url'`: of its URL alone.
   *
   * @default true
   */
  invalidateOnUnsafe?: boolean | 'url'
}

/** Options of `updateCache`, `siteCache` and `withSiteCache`. */
export interface SiteOptions<Q = CallbackRequest, S = CallbackResponse> extends PageOptions<Q, S> {
  /**
   * Lifetime of a page that has none of its own, in seconds or as a duration; `null`: it never
   * expires; 0 or less: it is not stored. `cachePage` takes its timeout as first argument, and that
   * outranks what the page says.
   *
   * @default 600 seconds
   */
  timeout?: Timeout
}

/** Options whose callbacks take any request and response, as `PageRules` has them. */
export type AnyPageOptions = PageOptions<never, never>

/** Options of a site whose callbacks take any request and response. */
export type AnySiteOptions = SiteOptions<never, never>
