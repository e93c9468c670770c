import type { IncomingMessage, ServerResponse } from 'node:http'
import { warnIfJustMade, warnOnce } from '@sitecache/core/internal'
import { type HeaderMap, parseVary } from '@sitecache/http'
import { peekState } from '../state/request-state.js'
import { GuardedUrls } from './guarded-urls.js'

/** Requests that are looked at: then a layer pays nothing any more. */
const REQUESTS = 100
/** Hosts among them from which on anybody may have made them up. */
const MANY_HOSTS = 20

/** Facts about a layer that the checks need. */
export interface CheckedLayer {
  /** It stands in front of the routes: not `cachePage`. */
  readonly isSite: boolean
  /** The option `hosts` is set. */
  readonly hasHosts: boolean
}

/** A request that is looked up. */
export interface SeenRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Headers as the layer itself reads them: that makes no input of layers outside. */
  readonly headers: HeaderMap
  /** Text that tells its URL from others. */
  readonly url: string
  /** It is looked up below middlewares that `updateCache()` stands above. */
  readonly isSplit: boolean
}

/**
 * Looks at the first requests of a layer for a set-up that goes wrong without a word, and warns of
 * each mistake once in a process. Only of what was seen: never of what might be.
 */
export class SetupChecks {
  readonly #layer: CheckedLayer
  readonly #ended: () => void
  readonly #hosts = new Set<string>()
  readonly #urls = new GuardedUrls()
  #left = REQUESTS

  /** @param ended is called once there is nothing left to look at */
  constructor(layer: CheckedLayer, ended: () => void) {
    this.#layer = layer
    this.#ended = ended
  }

  /** A request is looked up. Nothing of it is read once its response has begun. */
  see({ req, res, headers, url, isSplit }: SeenRequest): void {
    warnIfJustMade()
    this.#left -= 1
    if (this.#left <= 0) this.#ended()
    const { isSite, hasHosts } = this.#layer
    if (isSite && !hasHosts) this.#seeHost(headers.host)
    const hadSession = !isSplit || Object.hasOwn(req, 'session')
    const origin = headers.origin
    res.once('finish', () => {
      try {
        this.#seeOrigin(res, origin)
        this.#seePage(req, res, url, hadSession)
      } catch {
        // Methods of a response may be the application's own: no process ends by a check.
      }
    })
  }

  #seeHost(host: HeaderMap[string]): void {
    if (typeof host !== 'string' || this.#hosts.size >= MANY_HOSTS) return
    this.#hosts.add(host.toLowerCase())
    if (this.#hosts.size < MANY_HOSTS) return
    warnOnce(
      'SITECACHE_HOSTS',
      `requests for ${MANY_HOSTS} hosts came within ${REQUESTS - this.#left}, and each host has pages of its own: anybody who ` +
        "makes up hosts fills the cache. Name those that are yours: hosts: ['shop.example', '*.shop.example']",
    )
  }

  /** A browser, or a cache on the way, would use the response for another origin. */
  #seeOrigin(res: ServerResponse, origin: HeaderMap[string]): void {
    const allowed = res.getHeader('access-control-allow-origin')
    if (origin === undefined || allowed !== origin || origin === 'null') return
    const vary = parseVary(String(res.getHeader('vary') ?? ''))
    if (vary.includes('origin') || vary.includes('*')) return
    warnOnce(
      'SITECACHE_ORIGIN',
      'a response allows the origin that its request names (Access-Control-Allow-Origin), and does not say Vary: Origin: ' +
        "caches give it to other origins, whose browsers refuse it. Use cors(), which says so, or res.vary('Origin')",
    )
  }

  #seePage(req: IncomingMessage, res: ServerResponse, url: string, hadSession: boolean): void {
    const isStored = peekState(req)?.outcome?.result === 'miss'
    const isPrivate = isStored && !isShared(res)
    if (isPrivate && !hadSession && Object.hasOwn(req, 'session')) warnOfSession()
    if (isStored && !isPrivate) this.#urls.stored(url)
    else if (res.statusCode === 401 || res.statusCode === 403) this.#urls.refused(url)
  }

  /** The body of a page that this layer keeps was encoded above it. */
  encodedOutside(): void {
    if (!this.#layer.isSite) return
    warnOnce(
      'SITECACHE_COMPRESSION',
      'compression stands above the cache, so that each hit is compressed anew: put app.use(compression()) between ' +
        'updateCache() and fetchFromCache(), or below siteCache()',
    )
  }

  /**
   * A page is stored.
   *
   * @param headers name, value, name, value
   */
  storing(headers: readonly string[]): void {
    if (!hasNonce(headers)) return
    warnOnce(
      'SITECACHE_NONCE',
      'a page is stored with the nonce of its Content-Security-Policy: all visitors get the same nonce, and a nonce that can ' +
        'be known protects nobody. Use hashes; or set the policy above the cache, and put the nonce into a hole',
    )
  }
}

function warnOfSession(): void {
  warnOnce(
    'SITECACHE_SESSION',
    'a page depends on a session whose middleware stands below fetchFromCache(): the look-up can not tell whether there is ' +
      'one, so that each visitor has pages of their own. Put session() between updateCache() and fetchFromCache()',
  )
}

/** Whether a response says that it is for more than one visitor. */
function isShared(res: ServerResponse): boolean {
  const vary = parseVary(String(res.getHeader('vary') ?? ''))
  if (vary.includes('cookie') || vary.includes('authorization') || vary.includes('*')) return false
  return !/\bprivate\b/i.test(String(res.getHeader('cache-control') ?? ''))
}

function hasNonce(headers: readonly string[]): boolean {
  return headers.some(
    (value, i) =>
      i % 2 === 1 &&
      value.includes("'nonce-") &&
      headers[i - 1]?.toLowerCase().startsWith('content-security-policy') === true,
  )
}
