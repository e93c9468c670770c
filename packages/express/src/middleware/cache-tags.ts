import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkTags } from '@sitecache/core/internal'
import type { Wrapper } from '../node/types.js'
import { stateOf } from '../state/request-state.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = "app.get('/', cacheTags('articles'), handler)"

/**
 * Gives the pages of a route tags, by which `invalidateTags` invalidates them.
 *
 * @param tags texts, or functions of the request that return them
 * @example
 * app.get('/articles', cacheTags('articles'), handler)
 * app.get('/articles/:id', cacheTags((req) => `article:${req.params.id}`), handler)
 * @throws ValueError for a tag that is not allowed
 */
export function cacheTags(
  ...tags: (string | ((req: IncomingMessage) => string | readonly string[]))[]
): Wrapper {
  checkCall('cacheTags', usage, tags[0])
  const fixed = checkTags(
    tags.filter((tag) => typeof tag !== 'function'),
    'cacheTags',
  )
  const made = tags.filter((tag) => typeof tag === 'function')
  return makeWrapper(
    'cacheTags',
    (req, _res, next) => {
      stateOf(req).addTags(fixed)
      for (const make of made) stateOf(req).addTags(checkTags([make(req)].flat(), 'cacheTags'))
      return next()
    },
    usage,
  )
}

/**
 * Gives the page in the making tags; works until its head is written.
 *
 * @example addCacheTags(res, 'articles', `article:${id}`)
 * @throws ValueError for a tag that is not allowed
 */
export function addCacheTags(res: ServerResponse, ...tags: string[]): void {
  const checked = checkTags(tags, 'addCacheTags')
  if (res.req !== undefined) stateOf(res.req).addTags(checked)
}
