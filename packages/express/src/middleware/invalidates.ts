import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptions, checkTags, resolveCache, tagsOf } from '@sitecache/core/internal'
import onHeaders from 'on-headers'
import { deferEnd } from '../capture/defer-end.js'
import type { CallbackRequest, CallbackResponse, FrameworkCallback } from '../node/application-types.js'
import type { Wrapper } from '../node/types.js'
import { type InvalidateOptions, invalidateOptions, invalidateTags } from '../purging/invalidate-tags.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = "app.post('/articles', invalidates('articles'), handler)"

/** Tags, or a function that returns them once the response is known. */
type Invalidated<Q, S> =
  | string
  | readonly string[]
  | FrameworkCallback<[req: Q, res: S], Tags | Promise<Tags>>

type Tags = string | readonly string[]

/**
 * Invalidates tags when a route that changes something succeeds (a status below 400). The response
 * ends when that is done, so that its client sees the change.
 *
 * @param options see `InvalidateOptions`. @default {}
 * @example
 * const tags = (req) => ['articles', `article:${req.params.id}`]
 * app.post('/articles/:id', invalidates(tags), handler)
 * @throws ValueError for a tag that is not allowed; SettingsError for an option
 */
export function invalidates<
  Q extends IncomingMessage = CallbackRequest,
  S extends ServerResponse = CallbackResponse,
>(tags: Invalidated<Q, S>, options: InvalidateOptions = {}): Wrapper {
  checkCall('invalidates', usage, tags)
  checkOptions(options, invalidateOptions, 'invalidates')
  if (typeof tags !== 'function') checkTags([tags].flat(), 'invalidates')
  return makeWrapper(
    'invalidates',
    (req, res, next) => {
      const endAfter = deferEnd(res)
      onHeaders(res, () => {
        if (res.statusCode < 400) endAfter(invalidate(tags, req, res, options))
      })
      return next()
    },
    usage,
  )
}

/** A function of the application that fails breaks no response: it is an event of the cache. */
async function invalidate(
  tags: Invalidated<IncomingMessage, ServerResponse>,
  req: IncomingMessage,
  res: ServerResponse,
  options: InvalidateOptions,
): Promise<void> {
  let names: readonly string[]
  try {
    const given = typeof tags === 'function' ? await tags(req, res) : tags
    names = tagsOf([given].flat(), 'invalidates')
  } catch (error) {
    resolveCache(options.cache, options.caches).meter.error(error, 'invalidates')
    return
  }
  await invalidateTags(...names, options)
}
