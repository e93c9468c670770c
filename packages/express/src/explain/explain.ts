import { IncomingMessage, type RequestListener } from 'node:http'
import { inspect } from 'node:util'
import { type Cache, type Caches, SettingsError } from '@sitecache/core'
import { checkOptions, func, redact, refusal, resolveCache } from '@sitecache/core/internal'
import { headers as headersOption } from '../options/request-headers.js'
import { cacheOption, cachesOption } from '../options/schema.js'
import { knownHosts } from '../pages/known-hosts.js'
import { type AskedRequest, askApplication } from './ask-application.js'
import { explainRequest } from './explain-request.js'
import type { Explanation } from './explanation.js'
import { explainByUrl } from './layers-of-url.js'

/** A request that is not made: its URL, and the headers by which its page is chosen. */
export interface ExplainedRequest {
  /** Absolute; or a path, on the host that `headers` names or of which pages are stored. */
  readonly url: string
  /** @default 'GET' */
  readonly method?: string
  /** Names in any letter case. @default none */
  readonly headers?: Readonly<Record<string, string>>
}

/** Options of `explain`. */
export interface ExplainOptions {
  /**
   * Application to ask, in this process and without a network: its middlewares tell which layers
   * there are on the way, and its handler runs where no page would be served. Nothing is stored.
   * Asked for GET and HEAD alone.
   *
   * @default the layers of this process are asked, by URL and headers alone
   */
  readonly app?: RequestListener
  /** Cache whose layers are explained, or its alias. @default all */
  readonly cache?: Cache | string
  /** Caches in which the alias is looked up. @default the process-wide caches */
  readonly caches?: Caches
}

const schema = { app: func<RequestListener>(), cache: cacheOption, caches: cachesOption }

/**
 * Tells what would become of a request, and why: the layers of cache on its way, the key of its
 * page part by part, what is stored, what drops it, and what would make it cached. Changes no
 * count, no order of use and no age. A store that fails is part of the answer.
 *
 * @param target request that is being answered; or the URL, method and headers of one
 * @param options see `ExplainOptions`. @default {}
 * @returns plain JSON; values of cookies, sessions and visitors are digests there
 * @example console.log(explainText(await explain({ url: 'https://shop.example/' }, { app })))
 * @throws SettingsError for a URL that can't be read, or an option that is not allowed
 */
export async function explain(
  target: IncomingMessage | ExplainedRequest,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const { app, cache, caches } = checkOptions(options, schema, 'explain')
  const only = cache === undefined && caches === undefined ? undefined : resolveCache(cache, caches)
  if (target instanceof IncomingMessage) return explainRequest(target, only)
  const asked = askedFor(target, resolveCache(cache, caches))
  const { url, method } = { url: target.url, method: asked.method }
  const isAskable = method === 'GET' || method === 'HEAD'
  const isOf = (one: { readonly cache: string }): boolean => only === undefined || one.cache === only.alias
  if (app !== undefined && isAskable) {
    const { layers, notes } = await askApplication(app, asked)
    const missing = layers.length === 0 ? [`The request came to no layer of cache.`] : []
    const shown = layers.filter(isOf)
    return {
      url,
      method,
      at: Date.now(),
      askedBy: 'application',
      layers: shown,
      notes: [...notes, ...missing],
    }
  }
  const layers = await explainByUrl(asked, only)
  return {
    url,
    method,
    at: Date.now(),
    askedBy: 'url',
    layers,
    notes: notesByUrl(layers.length, app !== undefined),
  }
}

function notesByUrl(count: number, hasApp: boolean): readonly string[] {
  const notes = hasApp
    ? ['The application is asked for GET and HEAD alone: its handlers may change something.']
    : []
  if (count > 0) return notes
  return [
    ...notes,
    'No layer of cache in this process has anything to do with it; give the application as app.',
  ]
}

function askedFor(target: ExplainedRequest, cache: Cache): AskedRequest {
  if (typeof target !== 'object' || target === null)
    throw refusal('explain(): target', 'a request, or an object with a url', target)
  const { url, method = 'GET', headers = {} } = target
  const fields = headersOption(headers, 'explain.headers')
  const isPath = typeof url === 'string' && url.startsWith('/') && !url.startsWith('//')
  const [origin] = knownHosts(cache)
  const { scheme, host } = origin ?? { scheme: 'http', host: 'localhost' }
  const base = fields.host === undefined ? `${scheme}://${host}` : `${scheme}://${fields.host}`
  const text = isPath ? base + url : url
  const located = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (located === undefined || !/^https?:$/.test(located.protocol))
    throw new SettingsError(
      `explain needs an absolute URL, such as 'https://example.com/a?b=c', or a path that begins with '/'; got '${redact(inspect(url))}'`,
    )
  if (typeof method !== 'string' || !/^[A-Z][A-Z-]*$/.test(method))
    throw new SettingsError(`explain.method must be a method such as 'GET'; got '${redact(String(method))}'`)
  return { url: located, method, headers: fields }
}
