import type { IncomingMessage, ServerResponse } from 'node:http'
import { SettingsError, UnknownCacheError, ValueError } from '@sitecache/core'
import { checkOptions, checkTags, resolveCache } from '@sitecache/core/internal'
import type { CallbackRequest, FrameworkCallback } from '../node/application-types.js'
import { originOf, targetOf } from '../node/request-target.js'
import type { Middleware, Wrapper } from '../node/types.js'
import { invalidatePage, purgeStrictly } from '../purging/invalidate-page.js'
import {
  type InvalidateOptions,
  invalidateOptions,
  invalidateRoute,
  invalidateTags,
} from '../purging/invalidate-tags.js'
import { locateUrl } from '../purging/locate-url.js'
import { checkCall } from './check-call.js'
import { isAtMount, PurgeError, purgeOf, refuseOtherSites } from './purge-request.js'
import { isEndOfChain, makeWrapper } from './wrapper.js'

const usage = "app.use('/purge', purge({ authorize }))"

/** Options of `purge`. */
export interface PurgeOptions<Q = CallbackRequest> extends InvalidateOptions {
  /** Whether this request may purge. Required: without it every client could. */
  authorize(req: Q): boolean | Promise<boolean>
}

/**
 * Endpoint for operators: `PURGE /a?b=c` drops that URL's pages; a POST of
 * `{ "urls": […], "tags": […], "routes": […], "soft": true }` as `application/json`, to the path
 * where it is mounted, drops those that it names. Answers 403 unless `authorize` returns true, and
 * to pages of other sites; 400 or 415 to what is no purge; 502 when the store did not take it.
 * Other requests pass on.
 *
 * @example
 * const token = process.env.PURGE_TOKEN // not set: nobody may
 * const authorize = (req) => token !== undefined && req.headers['x-token'] === token
 * app.use('/purge', purge({ authorize }))
 * app.use(purge({ authorize })) // PURGE on every URL
 * @throws SettingsError without `authorize`, or for an option that is unknown or not allowed
 */
export function purge<Q extends IncomingMessage = CallbackRequest>(options: PurgeOptions<Q>): Wrapper {
  checkCall('purge', usage, options)
  const { authorize, ...invalidate } = options ?? {}
  if (typeof authorize !== 'function')
    throw new SettingsError(
      'purge.authorize must be a function that says who may purge: without it anybody could',
    )
  checkOptions(invalidate, invalidateOptions, 'purge')
  const middleware: Middleware = (req, res, next) => {
    const isPost = req.method === 'POST' && (isAtMount(req) || isEndOfChain(next))
    const handle = req.method === 'PURGE' ? purgeTarget : isPost ? purgeNamed : undefined
    if (handle === undefined) return next()
    return answer(req, res, authorize, () => handle(req, invalidate))
  }
  return makeWrapper('purge', middleware, usage)
}

type Authorize = FrameworkCallback<[IncomingMessage], boolean | Promise<boolean>>

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  authorize: Authorize,
  run: () => Promise<object>,
): Promise<void> {
  const [status, body] = await outcome(req, authorize, run)
  if (res.headersSent || res.destroyed) return
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json')
  res.setHeader('Cache-Control', 'no-store')
  res.end(JSON.stringify(body))
}

async function outcome(
  req: IncomingMessage,
  authorize: Authorize,
  run: () => Promise<object>,
): Promise<readonly [number, object]> {
  try {
    if (!(await isAuthorized(req, authorize))) return [403, { error: 'not allowed to purge' }]
    refuseOtherSites(req)
    return [200, await run()]
  } catch (error) {
    return failure(error)
  }
}

/** A callback that throws refuses. */
async function isAuthorized(req: IncomingMessage, authorize: Authorize): Promise<boolean> {
  try {
    return (await authorize(req)) === true
  } catch {
    return false
  }
}

function failure(error: unknown): readonly [number, object] {
  if (error instanceof PurgeError) return [error.status, { error: error.message }]
  if (error instanceof ValueError || error instanceof SettingsError) return [400, { error: error.message }]
  if (error instanceof UnknownCacheError) return [500, { error: error.message }]
  return [502, { error: 'the store could not be told: the pages may still be served' }]
}

async function purgeTarget(req: IncomingMessage, options: InvalidateOptions): Promise<object> {
  const { cache, caches, soft = false } = options
  const target = { host: originOf(req).host, path: targetOf(req).url }
  return { purged: await purgeStrictly(resolveCache(cache, caches), target, soft) }
}

async function purgeNamed(req: IncomingMessage, options: InvalidateOptions): Promise<object> {
  const { urls, tags, routes, soft } = await purgeOf(req)
  // Nothing is purged of what is wrong in a part.
  checkTags(tags, 'tags')
  const wrong = urls.find((url) => locateUrl(url) === undefined)
  if (wrong !== undefined)
    throw new PurgeError(`urls are absolute, or paths that begin with '/'; got ${JSON.stringify(wrong)}`)
  const purgeOptions = { ...options, soft: soft || options.soft === true }
  await Promise.all([
    ...urls.map((url) => invalidatePage(url, purgeOptions)),
    ...routes.map((route) => invalidateRoute(route, purgeOptions)),
    tags.length > 0 ? invalidateTags(...tags, purgeOptions) : undefined,
  ])
  return { urls: urls.length, tags: tags.length, routes: routes.length }
}
