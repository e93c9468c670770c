import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { type Cache, SettingsError, StoreError } from '@sitecache/core'
import { refusal, resolveCache } from '@sitecache/core/internal'
import { digest, pageKeyText, purgeKeyText, SESSION_INPUT, selectQuery } from '@sitecache/http'
import { EMPTY_SESSION, seenShapes } from '../inputs/index.js'
import { locate, type Origin } from '../node/request-target.js'
import { warnOfUntrustedProxy } from '../node/untrusted-proxy.js'
import { extraKeyOf } from '../options/key-parts.js'
import { Layer } from '../options/layer.js'
import type { AnySiteOptions } from '../options/page-options.js'
import { checkSiteOptions } from '../options/schema.js'
import { readKnown } from '../pages/find-page.js'
import { knownHosts } from '../pages/known-hosts.js'
import { type BodyKey, bodyKeyOf } from '../state/request-body.js'
import { locateUrl } from './locate-url.js'
import { type PurgedUrl, purgePages } from './purge-pages.js'

/** A page, named without a request. */
export interface PageQuery {
  /** Absolute URL; or a path with its query, when `headers` has the host. */
  readonly url: string
  /**
   * Method of the request. HEAD has the page of its GET, QUERY and POST have one per body; other
   * methods have none.
   *
   * @default 'GET'
   */
  readonly method?: string
  /** Content of the request, where the method is QUERY or POST. @default none */
  readonly body?: string | Uint8Array
  /** Request headers that choose the variant, in any letter case. @default {} */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
}

interface Target {
  readonly origin: Origin
  readonly path: string
}

const kinds = ['site', 'page', 'server'] as const
/**
 * Values of the session of a visitor of whom nothing is known: there is none, or it holds nothing.
 */
const sessionsOfNobody = [undefined, EMPTY_SESSION]
const noLifetimes = { timeout: undefined, siteTimeout: null }

/**
 * Returns the key under which the page for such a request is stored, as Django's get_cache_key.
 * `cache.has(key)` and `cache.delete(key)` take it.
 *
 * @param options those of the middleware that stores it. @default {}
 * @returns undefined when no page is stored
 * @example await getPageKey({ url: 'https://example.com/a', headers: { 'accept-language': 'fr' } })
 * @throws SettingsError for a URL without a known host, or an option that is not allowed
 */
export async function getPageKey(page: PageQuery, options: AnySiteOptions = {}): Promise<string | undefined> {
  checkSiteOptions(options, 'getPageKey')
  if (typeof page?.url !== 'string')
    throw refusal(
      'getPageKey(): page',
      "an object with a url, such as { url: 'https://example.com/a' }",
      page,
    )
  const { method = 'GET' } = page
  if (method !== 'GET' && method !== 'HEAD' && method !== 'QUERY' && method !== 'POST') return undefined
  const headers = lowerCaseNames(page.headers ?? {})
  const bodyKey =
    method === 'GET' || method === 'HEAD'
      ? undefined
      : bodyKeyOf(method, Buffer.from(page.body ?? ''), headers)
  const layers = kinds.map((kind) => new Layer(kind, options, noLifetimes))
  const targets = locatePage(page.url, headers.host, options).flatMap(inBothSchemes)
  for (const target of targets) {
    for (const layer of layers) {
      const key = await storedKey(layer, target, headers, bodyKey)
      if (key !== undefined) return key
    }
  }
  return undefined
}

/** Behind a proxy that is not trusted, the pages of `https` URLs are stored as those of `http`. */
function inBothSchemes(target: Target): readonly Target[] {
  const { scheme, host } = target.origin
  return [target, { ...target, origin: { scheme: scheme === 'https' ? 'http' : 'https', host } }]
}

async function storedKey(
  layer: Layer,
  target: Target,
  headers: IncomingHttpHeaders,
  bodyKey: BodyKey | undefined,
): Promise<string | undefined> {
  const keys = layer.keys()
  const url = selectQuery(target.path, layer.rules.query)
  const { recordKey, fenceKey, pathFenceKey } = keys.url(target.origin, url)
  const { record } = await readKnown({
    keys,
    recordKey: bodyKey === undefined ? recordKey : keys.contentRecordKey(target.origin, url, bodyKey),
    fenceKey,
    pathFenceKey,
  })
  if (record === undefined) return undefined
  const req = { method: 'GET', url: target.path, headers } as IncomingMessage
  for (const present of layer.kind === 'server' ? [undefined] : seenShapes()) {
    const extraKey = extraKeyOf(layer, req, undefined, undefined, present)
    for (const session of sessionsOfNobody) {
      const source = { headers, value: (name: string) => (name === SESSION_INPUT ? session : undefined) }
      const text = pageKeyText(record, extraKey, source, layer.matching)
      const hash = text === undefined ? undefined : digest(text)
      if (hash !== undefined && record.variants.includes(hash)) return keys.pageName(hash)
    }
  }
  return undefined
}

/**
 * Drops all variants of a URL from every layer of the cache that keeps pages of it, for every
 * process that shares the store; a page of it that is being rendered meanwhile is not stored.
 *
 * @param url absolute, in any spelling that browsers take; a path with its query means that path on
 *   every host
 * @param options `cache` or `caches`, where the pages are not in the default cache; `soft: true`
 *   marks the pages as stale instead, so that the next visitor may still get one at once
 *   (`staleWhileRevalidate`). @default {}
 * @returns whether any was stored, as far as is known: of a path, on hosts of which this process
 *   has stored pages; pages of QUERY and POST are dropped too, but not counted
 * @example await invalidatePage('https://example.com/articles/1')
 * @throws SettingsError for a URL that can't be read, or an option that is not allowed; StoreError
 *   when the store did not take it: the pages may still be served
 */
export async function invalidatePage(
  url: string,
  { soft = false, ...options }: AnySiteOptions & { readonly soft?: boolean } = {},
): Promise<boolean> {
  checkSiteOptions(options, 'invalidatePage')
  if (typeof soft !== 'boolean')
    throw new SettingsError(`invalidatePage.soft must be true or false; got ${inspect(soft)}`)
  const written = typeof url === 'string' ? locateUrl(url) : undefined
  if (written === undefined)
    throw new SettingsError(
      `invalidatePage needs an absolute URL, such as 'https://example.com/a?b=c', or a path that begins with '/'; got ${inspect(url)}`,
    )
  const cache = resolveCache(options.cache, options.caches)
  return purgeStrictly(cache, written, soft, written.scheme, options)
}

/**
 * Purges a URL.
 *
 * @param scheme that the caller named; undefined: none
 * @throws StoreError when the store did not take it
 */
export async function purgeStrictly(
  cache: Cache,
  url: PurgedUrl,
  soft: boolean,
  scheme?: string,
  { keyPrefix = '', version, query = 'exact' }: AnySiteOptions = {},
): Promise<boolean> {
  const { isDone, schemes } = await purgePages(cache, url, soft, [{ keyPrefix, version, query }])
  if (!isDone)
    throw new StoreError(
      `the store of cache '${cache.alias}' did not take a purge: the page may still be served`,
    )
  cache.meter.invalidate('url', soft ? 'soft' : 'hard', [purgeKeyText(url.host, url.path)])
  if (scheme === 'https' && schemes.has('http') && !schemes.has('https')) warnOfUntrustedProxy()
  return schemes.size > 0
}

function locatePage(url: string, host: string | undefined, options: AnySiteOptions): readonly Target[] {
  if (url.startsWith('/') && host === undefined) {
    const origins = knownHosts(resolveCache(options.cache, options.caches))
    if (origins.length > 0) return origins.map((origin) => ({ origin, path: url }))
  }
  const located = locate(url.startsWith('/') && host !== undefined ? `http://${host}${url}` : url)
  if (located !== undefined) return [located]
  throw new SettingsError(
    `getPageKey needs an absolute URL, such as 'https://example.com/a?b=c': this process has stored no page that would tell which host is meant; got ${inspect(url)}`,
  )
}

function lowerCaseNames(headers: NonNullable<PageQuery['headers']>): IncomingHttpHeaders {
  const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(pairs)
}
