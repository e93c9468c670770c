import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache, Caches, Timeout } from '@sitecache/core'
import type { Buckets, KeyPart, Policy, QueryOption } from '@sitecache/http'

/** Options of everything that caches pages. Sizes are bytes, times seconds or a duration such as `'15m'`. */
export interface PageOptions {
  /** The cache that keeps the pages, or its alias. @default 'default' */
  cache?: Cache | string
  /** Where aliases are looked up. @default the process-wide caches, as `configure()` sets them */
  caches?: Caches
  /** Stands in front of every key: sites that share a store are kept apart by it. @default '' */
  keyPrefix?: string
  /** Version of the keys. @default that of the cache */
  version?: number
  /** `'django'`: Django's rules; `'rfc9111'`: those of an HTTP shared cache. @default 'django' */
  policy?: Policy
  /**
   * Methods whose pages are kept, GET's and HEAD's always: QUERY (RFC 10008) and POST have one for each content of their requests, which is read before
   * the handler runs. Name POST only where every POST just asks: it then drops no pages. @default ['GET', 'HEAD'] under 'django';
   * ['GET', 'HEAD', 'QUERY'] under 'rfc9111'
   */
  methods?: readonly ('GET' | 'HEAD' | 'QUERY' | 'POST')[]
  /** Longest content of a request that is read to look up its page, in bytes: one that is longer passes the cache by. @default 64 KiB */
  maxRequestBodyBytes?: number
  /** How long that content may take to come before its request passes the cache by, in seconds or as a duration. @default 5 seconds */
  requestBodyTimeout?: Timeout
  /** Statuses that may be stored. @default [200] under 'django'; what RFC 9111 §3 allows under 'rfc9111' */
  statuses?: readonly number[]
  /** Longest body that is stored, in bytes. @default 5 MiB */
  maxBodyBytes?: number
  /** Signed-in visitors bypass the cache: nothing of theirs is looked up or stored. @default false */
  anonymousOnly?: boolean
  /**
   * How it is found out what a page depends on. `'learn'`: what is read while it is made is seen, and makes the key. `'strict'`: a page
   * that reads anything undeclared is not stored. `'declared'`: Vary, `keyParts`, and reads of session, user and cookies alone decide.
   * @default 'learn'
   */
  inputs?: 'learn' | 'strict' | 'declared'
  /**
   * Names of inputs that don't matter, beside the default ones: `['user-agent', 'cookie:ab_*', 'locals:now', 'req:log']`. A `*` at the
   * end stands for any rest. @default analytics cookies, tracing and fetch-metadata headers
   */
  ignore?: readonly string[]
  /**
   * Identity of the visitor whose page it is, where it is somebody's. @default the Authorization header, else the id of a session that a
   * session middleware vouches for
   */
  visitor?(req: IncomingMessage): string | number | undefined
  /** Hosts of the site, such as `['shop.example', '*.shop.example']`; requests for others bypass the cache. @default any */
  hosts?: readonly string[]
  /** Lifetime that browsers are told under policy 'django'; 0: they ask each time. @default `timeout` */
  clientTimeout?: Timeout
  /** Is this visitor signed in? @default looks at `req.isAuthenticated()`, `req.user` and the user in `req.session` */
  isAuthenticated?(req: IncomingMessage): unknown
  /** Requests that the cache should not touch. */
  skip?(req: IncomingMessage): unknown
  /** The last word on storing a response that may be stored. */
  storeIf?(req: IncomingMessage, res: ServerResponse): boolean
  /** A response with Set-Cookie: not stored, stored without it, or stored with it (for everyone!). @default 'skip' */
  setCookie?: 'skip' | 'strip' | 'store'
  /** Which part of the query string makes another page. @default 'exact' */
  query?: QueryOption
  /** More that makes another page: tenant, device, … `req.language` and `req.timeZone` are in by themselves. */
  keyParts?(req: IncomingMessage): readonly KeyPart[]
  /** Pages kept of one URL; the oldest goes first. @default 100 */
  maxVariants?: number
  /** What a header named in Vary is reduced to before it makes another page. */
  buckets?: Buckets
  /** Headers that are stored: those that the route added, or all. @default 'added' */
  headers?: 'added' | 'all'
  /**
   * How long, in seconds or as a duration, a stale page is given at once while a new one is made behind it (RFC 5861 §3); under policy
   * 'rfc9111' a response's own directive goes before it. @default 0
   */
  staleWhileRevalidate?: Timeout
  /**
   * How long a stale page stands in for an error of the handler (RFC 5861 §4); under policy 'rfc9111' a response's own directive goes
   * before it. @default 0 under 'django'; as long as the page is there under 'rfc9111' (RFC 9111 §4.2.4)
   */
  staleIfError?: Timeout
  /**
   * How long the handler may leave a request without an answer before a stale page is given in its place, where one may be
   * (`staleIfError`). @default as long as it takes
   */
  originTimeout?: Timeout
  /**
   * Has a page made anew behind a visitor shortly before it turns stale, the likelier the longer it takes to make (XFetch), so that nobody
   * waits for it: `true`, or the factor beta, above 1 for earlier. @default false
   */
  earlyRefresh?: boolean | number
  /**
   * Share of its lifetime, from 0 to 1, by which a page may turn stale earlier, at random: pages that were stored together then don't expire
   * together. @default 0
   */
  jitter?: number
  /**
   * Fields that go before Cache-Control and Expires (RFC 9213), the first that is there. `Sitecache-Cache-Control`, which is never sent
   * on, goes before them all. @default [] under 'django'; ['CDN-Cache-Control'] under 'rfc9111'
   */
  targetedFields?: readonly string[]
  /** What a page can be invalidated with (`invalidateTags`), beside what `cacheTags()` and `addCacheTags()` say. */
  tags?(req: IncomingMessage, res: ServerResponse): readonly string[]
  /** Tells clients the tags, in this header: `'Cache-Tag'`, `'Surrogate-Key'` or `'Cache-Groups'` (RFC 9875). @default it is not told */
  tagHeader?: string
  /** Requests for one page that is not there wait for the first of them to have it rendered. @default true */
  coalesce?: boolean
  /**
   * Has them wait for another process's render too, by a lease in the store; one process at a time refreshes a stale page. Costs some round
   * trips for each page that is rendered, nothing for hits, and nothing in a store of this process. Needs `coalesce`. @default false
   */
  lock?: boolean
  /** The longest that anyone waits for another's render, in seconds or as a duration. @default 5 seconds */
  lockTimeout?: Timeout
  /** Says in Cache-Status (RFC 9211) what the cache did. @default true */
  cacheStatus?: boolean
  /** A successful POST, PUT, PATCH or DELETE drops the pages of its URL (RFC 9111 §4.4). @default true */
  invalidateOnUnsafe?: boolean
}

/** Options of `updateCache`, `siteCache` and `withSiteCache`. */
export interface SiteOptions extends PageOptions {
  /** How long a page lives that doesn't say so itself. `null`: it never expires. @default 600 seconds */
  timeout?: Timeout
}
