import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkTags, tagsOf } from '@sitecache/core/internal'
import { answered } from '../node/answered.js'
import type { CallbackRequest, FrameworkCallback } from '../node/application-types.js'
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
export function cacheTags<Q extends IncomingMessage = CallbackRequest>(
  ...tags: (string | FrameworkCallback<[req: Q], string | readonly string[]>)[]
): Wrapper {
  checkCall('cacheTags', usage, tags[0])
  const fixed = checkTags(
    tags.filter((tag) => typeof tag !== 'function'),
    'cacheTags',
  )
  const made = tags.filter((tag) => typeof tag === 'function').map(answered)
  return makeWrapper(
    'cacheTags',
    (req, _res, next) => {
      stateOf(req).addTags(fixed)
      for (const make of made) addMadeTags(req, make)
      return next()
    },
    usage,
  )
}

/** A function that fails breaks no request: its page is not stored, and its error is an event. */
function addMadeTags(
  req: IncomingMessage,
  make: FrameworkCallback<[IncomingMessage], string | readonly string[]>,
): void {
  const state = stateOf(req)
  try {
    state.addTags(tagsOf([make(req)].flat(), 'cacheTags'))
  } catch (error) {
    state.fault ??= error
  }
}

/**
 * Gives the page in the making tags; works until its head is written.
 *
 * @example addCacheTags(res, 'articles', `article:${id}`)
 * @throws ValueError for a tag that is not a text, or an empty one
 */
export function addCacheTags(res: ServerResponse, ...tags: string[]): void {
  const checked = tagsOf(tags, 'addCacheTags')
  if (res.req !== undefined) stateOf(res.req).addTags(checked)
}
