import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import {
  type CacheControlChanges,
  checkCacheControlChanges,
  patchCacheControl as patchedCacheControl,
} from '@sitecache/http'
import onHeaders from 'on-headers'
import { patchCacheControl, textOf } from '../node/patch-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { Wrapper } from '../node/types.js'
import { peekState, stateOf } from '../state/request-state.js'
import { makeWrapper } from './wrapper.js'

/**
 * What a page says to one kind of cache alone (RFC 9213): `cdn` in CDN-Cache-Control, `sitecache` in Sitecache-Cache-Control, which
 * is never sent on; any other name is that of a field, such as `'Example-Cache-Control'`.
 */
export interface TargetedChanges {
  readonly cdn?: CacheControlChanges
  readonly sitecache?: CacheControlChanges
  readonly [field: string]: CacheControlChanges | undefined
}

/**
 * Adds directives to the page's Cache-Control, as Django's cache_control: the smaller of two max-ages wins, public
 * and private exclude each other.
 *
 * @param changes directives in camelCase, snake_case or as HTTP spells them; times in seconds
 * @param targeted what is said to one kind of cache alone, in place of `changes`. @default nothing
 * @example app.get('/b', cacheControl({ private: true, maxAge: 3600 }), handler)
 * @example A minute in the browser, an hour at the CDN, a day here:
 * app.get('/c', cacheControl({ maxAge: 60 }, { cdn: { maxAge: 3600 }, sitecache: { maxAge: 86400 } }), handler)
 * @throws TypeError or RangeError for a directive's value that HTTP doesn't allow, and for what names no field
 */
export function cacheControl(changes: CacheControlChanges, targeted: TargetedChanges = {}): Wrapper {
  const checked = checkCacheControlChanges(changes, 'cacheControl')
  const fields = Object.entries(targeted).map(([name, own]) => {
    const field = fieldName(name)
    return [field, checkCacheControlChanges(own, `cacheControl.${name}`)] as const
  })
  return makeWrapper('cacheControl', (req, res, next) => {
    onHeaders(res, () => {
      if (Object.keys(checked).length > 0) patchOutside(req, res, checked)
      for (const [field, own] of fields) {
        if (field.toLowerCase() === TARGETED_FIELD) patchTargetedControl(req, res, own)
        else res.setHeader(field, patchedCacheControl(textOf(res, field), own))
      }
    })
    return next()
  })
}

/** Where a layer inside has added `private` for one visitor's page, and these directives say no more of it, it is still that layer's. */
function patchOutside(req: IncomingMessage, res: ServerResponse, changes: CacheControlChanges): void {
  const state = peekState(req)
  const isTold = state?.toldPrivate !== undefined && textOf(res, 'cache-control') === state.toldPrivate
  patchCacheControl(res, changes)
  if (isTold && changes.private === undefined) state.toldPrivate = textOf(res, 'cache-control')
}

/** Not as a header: layers of cache inside have passed their head on already, and it must not be sent. */
function patchTargetedControl(req: IncomingMessage, res: ServerResponse, changes: CacheControlChanges): void {
  const state = stateOf(req)
  state.targetedControl = patchedCacheControl(textOf(res, TARGETED_FIELD) ?? state.targetedControl, changes)
  res.removeHeader(TARGETED_FIELD)
}

function fieldName(name: string): string {
  if (name === 'cdn') return 'CDN-Cache-Control'
  if (name === 'sitecache') return 'Sitecache-Cache-Control'
  if (/^[!#$%&'*+.^_`|~\w-]+-cache-control$/i.test(name)) return name
  throw new TypeError(
    `cacheControl takes what it says to one kind of cache under cdn, sitecache or the name of a field, such as 'Example-Cache-Control'; got ${inspect(name)}`,
  )
}
