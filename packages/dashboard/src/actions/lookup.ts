import type { Cache } from '@sitecache/core'
import { type Explanation, explain } from '@sitecache/express'
import { BadRequest, type Fields, textField } from '../http/body.js'
import type { Visit } from '../http/types.js'
import { absoluteUrl, applicationOf } from './application.js'

/** Most headers of a request that is looked up. */
const MOST_HEADERS = 50

/** A request that is looked up: its URL, and the headers that choose its page. */
export interface Lookup {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Reads a look-up.
 *
 * @throws BadRequest where something is missing or not allowed
 */
export function parseLookup(fields: Fields, visit: Visit): Lookup {
  const { headers = {}, method = 'GET' } = fields
  if (method !== 'GET' && method !== 'HEAD') throw new BadRequest('method must be GET or HEAD')
  const isRecord = typeof headers === 'object' && headers !== null && !Array.isArray(headers)
  const pairs = isRecord ? Object.entries(headers) : []
  const isHeaders =
    isRecord && pairs.length <= MOST_HEADERS && pairs.every(([, it]) => typeof it === 'string')
  if (!isHeaders) throw new BadRequest(`headers must be an object of ${MOST_HEADERS} texts at the most`)
  const url = absoluteUrl(textField(fields, 'target'), visit)
  return { url, method, headers: Object.fromEntries(pairs) }
}

/**
 * Tells what would become of a request. The application is asked, so that its middlewares say what
 * they put on the request.
 */
export function lookUp(lookup: Lookup, cache: Cache, visit: Visit): Promise<Explanation> {
  const app = applicationOf(visit)
  return explain(lookup, { cache, ...(app === undefined ? {} : { app }) })
}
