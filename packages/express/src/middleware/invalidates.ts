import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkTags } from '@sitecache/core/internal'
import onHeaders from 'on-headers'
import { deferEnd } from '../capture/defer-end.js'
import type { Wrapper } from '../node/types.js'
import { type InvalidateOptions, invalidateTags } from '../purging/invalidate-tags.js'
import { makeWrapper } from './wrapper.js'

/** Tags, or what answers them once the response is known. */
type Invalidated =
  | string
  | readonly string[]
  | ((req: IncomingMessage, res: ServerResponse) => string | readonly string[])

/**
 * For routes that change something: once they have answered with success (a status below 400), what has these tags is out of date. The
 * response ends when that is done, so that its client sees what it changed.
 *
 * @example app.post('/articles/:id', invalidates((req) => ['articles', `article:${req.params.id}`]), handler)
 * @throws ValueError for what is no tag
 */
export function invalidates(tags: Invalidated, options: InvalidateOptions = {}): Wrapper {
  if (typeof tags !== 'function') checkTags([tags].flat(), 'invalidates')
  return makeWrapper('invalidates', (req, res, next) => {
    const endAfter = deferEnd(res)
    onHeaders(res, () => {
      if (res.statusCode >= 400) return
      const named = typeof tags === 'function' ? tags(req, res) : tags
      endAfter(invalidateTags(...[named].flat(), options))
    })
    return next()
  })
}
