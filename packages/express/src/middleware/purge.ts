import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { SettingsError } from '@sitecache/core'
import { checkOptions } from '@sitecache/core/internal'
import { originOf, targetOf } from '../node/request-target.js'
import type { Middleware, Wrapper } from '../node/types.js'
import { invalidatePage } from '../purging/invalidate-page.js'
import {
  type InvalidateOptions,
  invalidateOptions,
  invalidateRoute,
  invalidateTags,
} from '../purging/invalidate-tags.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = "app.use('/purge', purge({ authorize }))"

/** Options of `purge`. */
export interface PurgeOptions extends InvalidateOptions {
  /** Whether this request may purge. Required: without it every client could. */
  authorize(req: IncomingMessage): boolean | Promise<boolean>
}

/** Content of a POST: the pages to purge. */
interface Purge {
  readonly urls: readonly string[]
  readonly tags: readonly string[]
  readonly routes: readonly string[]
  readonly soft: boolean
}

const MAX_BODY = 1024 * 1024
const MAX_NAMES = 10_000

/**
 * Endpoint for operators: `PURGE /a?b=c` drops that URL's pages; a POST of
 * `{ "urls": […], "tags": […], "routes": […], "soft": true }` drops those that it names. Answers
 * 403 unless `authorize` returns true. Other methods pass on.
 *
 * @example
 * const authorize = (req) => req.headers['x-token'] === process.env.PURGE_TOKEN
 * app.use('/purge', purge({ authorize }))
 * app.use(purge({ authorize })) // PURGE on every URL
 * @throws SettingsError without `authorize`
 */
export function purge(options: PurgeOptions): Wrapper {
  checkCall('purge', usage, options)
  const { authorize, ...invalidate } = options ?? {}
  if (typeof authorize !== 'function')
    throw new SettingsError(
      'purge.authorize must be a function that says who may purge: without it anybody could',
    )
  checkOptions(invalidate, invalidateOptions, 'purge')
  const middleware: Middleware = (req, res, next) => {
    const handle = req.method === 'PURGE' ? purgeUrl : isPost(req) ? purgeNamed : undefined
    if (handle === undefined) return next()
    return answer(req, res, authorize, () => handle(req, invalidate))
  }
  return makeWrapper('purge', middleware, usage)
}

/** Whether a POST is for this endpoint: only at the path where it is mounted. */
function isPost(req: IncomingMessage): boolean {
  const { baseUrl } = req as { baseUrl?: string }
  return (
    req.method === 'POST' && baseUrl !== undefined && baseUrl !== '' && /^\/?(\?.*)?$/.test(req.url ?? '')
  )
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  authorize: PurgeOptions['authorize'],
  run: () => Promise<object>,
): Promise<void> {
  const [status, body] = await outcome(req, authorize, run)
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json')
  res.setHeader('Cache-Control', 'no-store')
  res.end(JSON.stringify(body))
}

async function outcome(
  req: IncomingMessage,
  authorize: PurgeOptions['authorize'],
  run: () => Promise<object>,
): Promise<readonly [number, object]> {
  try {
    if ((await authorize(req)) !== true) return [403, { error: 'not allowed to purge' }]
  } catch {
    return [403, { error: 'not allowed to purge' }]
  }
  try {
    return [200, await run()]
  } catch (error) {
    return error instanceof PurgeError
      ? [400, { error: error.message }]
      : [502, { error: 'the store could not be told' }]
  }
}

class PurgeError extends Error {}

async function purgeUrl(req: IncomingMessage, options: InvalidateOptions): Promise<object> {
  const { scheme, host } = originOf(req)
  const purged = await invalidatePage(`${scheme}://${host}${targetOf(req).url}`, options)
  return { purged }
}

async function purgeNamed(req: IncomingMessage, options: InvalidateOptions): Promise<object> {
  const { urls, tags, routes, soft } = parsePurge(await bodyOf(req))
  const purgeOptions = { ...options, soft }
  await Promise.all([
    ...urls.map((url) => invalidatePage(url, purgeOptions)),
    ...routes.map((route) => invalidateRoute(route, purgeOptions)),
    tags.length > 0 ? invalidateTags(...tags, purgeOptions) : undefined,
  ])
  return { urls: urls.length, tags: tags.length, routes: routes.length }
}

/** Returns the content as a body parser left it, or reads it. */
async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const { body } = req as { body?: unknown }
  if (body !== undefined) return body
  if (Number(req.headers['content-length'] ?? Number.POSITIVE_INFINITY) > MAX_BODY)
    throw new PurgeError(`a purge needs a Content-Length of ${MAX_BODY} bytes at the most`)
  try {
    return JSON.parse(await text(req))
  } catch {
    throw new PurgeError('a purge is JSON, such as { "tags": ["articles"] }')
  }
}

function parsePurge(body: unknown): Purge {
  if (typeof body !== 'object' || body === null)
    throw new PurgeError('a purge is an object, such as { "tags": ["articles"] }')
  const list = (name: string): readonly string[] => {
    const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : []
    if (Array.isArray(value) && value.length <= MAX_NAMES && value.every((item) => typeof item === 'string'))
      return value
    throw new PurgeError(`${name} must be a list of texts, ${MAX_NAMES} at the most`)
  }
  const unknown = Object.keys(body).find((name) => !['urls', 'tags', 'routes', 'soft'].includes(name))
  if (unknown !== undefined) throw new PurgeError('a purge has urls, tags, routes and soft, and nothing else')
  return {
    urls: list('urls'),
    tags: list('tags'),
    routes: list('routes'),
    soft: Reflect.get(body, 'soft') === true,
  }
}
