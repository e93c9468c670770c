import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptions, checkTags } from '@sitecache/core/internal'
import onHeaders from 'on-headers'
import { deferEnd } from '../capture/defer-end.js'
import type { Wrapper } from '../node/types.js'
import { type InvalidateOptions, invalidateOptions, invalidateTags } from '../purging/invalidate-tags.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = "app.post('/articles', invalidates('articles'), handler)"

/** Tags, or a function that returns them once the response is known. */
type Invalidated =
  | string
  | readonly string[]
  | ((req: IncomingMessage, res: ServerResponse) => string | readonly string[])

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
export function invalidates(tags: Invalidated, options: InvalidateOptions = {}): Wrapper {
  checkCall('invalidates', usage, tags)
  checkOptions(options, invalidateOptions, 'invalidates')
  if (typeof tags !== 'function') checkTags([tags].flat(), 'invalidates')
  return makeWrapper(
    'invalidates',
    (req, res, next) => {
      const endAfter = deferEnd(res)
      onHeaders(res, () => {
        if (res.statusCode >= 400) return
        const names = typeof tags === 'function' ? tags(req, res) : tags
        endAfter(invalidateTags(...[names].flat(), options))
      })
      return next()
    },
    usage,
  )
}
