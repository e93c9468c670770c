import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import {
  type CacheControlChanges,
  checkCacheControlChanges,
  patchCacheControl as patchedCacheControl,
  stricterChanges,
} from '@sitecache/http'
import onHeaders from 'on-headers'
import { FieldNameError } from '../node/field-name-error.js'
import { patchCacheControl, textOf } from '../node/patch-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { Wrapper } from '../node/types.js'
import { peekState, stateOf } from '../state/request-state.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = "app.get('/', cacheControl({ maxAge: 60 }), handler)"

/**
 * Directives for one kind of cache alone (RFC 9213): `cdn` in CDN-Cache-Control, `sitecache` in
 * Sitecache-Cache-Control, which is never sent on. Any other key is the name of a field, such as
 * `'Example-Cache-Control'`.
 */
export interface TargetedChanges {
  readonly cdn?: CacheControlChanges
  readonly sitecache?: CacheControlChanges
  readonly [field: `${string}-${'Cache-Control' | 'cache-control'}`]: CacheControlChanges | undefined
}

/**
 * Adds directives to the page's Cache-Control, as Django's cache_control: the smaller of two
 * max-ages wins, public and private exclude each other. Of an error (5xx) it says only what is
 * stricter: the lifetime is the page's.
 *
 * @param changes directives in camelCase, snake_case or as HTTP spells them; times in seconds
 * @param targeted directives for one kind of cache, in place of `changes`. @default {}
 * @example app.get('/b', cacheControl({ private: true, maxAge: 3600 }), handler)
 * @example
 * // A minute in the browser, an hour at the CDN, a day here:
 * const targeted = { cdn: { maxAge: 3600 }, sitecache: { maxAge: 86400 } }
 * app.get('/c', cacheControl({ maxAge: 60 }, targeted), handler)
 * @throws TypeError or RangeError for a directive's value that HTTP doesn't allow; TypeError for a
 *   name that is no field name
 */
export function cacheControl(changes: CacheControlChanges, targeted: TargetedChanges = {}): Wrapper {
  checkCall('cacheControl', usage, changes)
  const checked = checkCacheControlChanges(changes, 'cacheControl')
  const fields = Object.entries<CacheControlChanges | undefined>({ ...targeted }).map(
    ([name, directives]) => {
      const field = fieldName(name)
      return [field, checkCacheControlChanges(directives, `cacheControl.${name}`)] as const
    },
  )
  return makeWrapper(
    'cacheControl',
    (req, res, next) => {
      onHeaders(res, () => {
        // Lifetimes are the page's, not those of the error of its handler.
        const said = res.statusCode >= 500 ? stricterChanges : asTheyAre
        const own = said(checked)
        if (Object.keys(own).length > 0) patchOutside(req, res, own)
        for (const [field, changes] of fields) {
          const directives = said(changes)
          if (directives !== changes && Object.keys(directives).length === 0) continue
          if (field.toLowerCase() === TARGETED_FIELD) patchTargetedControl(req, res, directives)
          else res.setHeader(field, patchedCacheControl(textOf(res, field), directives))
        }
      })
      return next()
    },
    usage,
  )
}

function asTheyAre(changes: CacheControlChanges): CacheControlChanges {
  return changes
}

/**
 * Patches Cache-Control. A `private` that an inner layer of cache added for one visitor's page
 * stays that layer's own, unless these directives name it.
 */
function patchOutside(req: IncomingMessage, res: ServerResponse, changes: CacheControlChanges): void {
  const state = peekState(req)
  const isTold = state?.toldPrivate !== undefined && textOf(res, 'cache-control') === state.toldPrivate
  patchCacheControl(res, changes)
  if (isTold && changes.private === undefined) state.toldPrivate = textOf(res, 'cache-control')
}

/**
 * Patches sitecache's own field in the request's state: layers of cache inside have passed their
 * head on already, and the field must not be sent.
 */
function patchTargetedControl(req: IncomingMessage, res: ServerResponse, changes: CacheControlChanges): void {
  const state = stateOf(req)
  state.targetedControl = patchedCacheControl(textOf(res, TARGETED_FIELD) ?? state.targetedControl, changes)
  res.removeHeader(TARGETED_FIELD)
}

function fieldName(name: string): string {
  if (name === 'cdn') return 'CDN-Cache-Control'
  if (name === 'sitecache') return 'Sitecache-Cache-Control'
  if (/^[!#$%&'*+.^_`|~\w-]+-cache-control$/i.test(name)) return name
  throw new FieldNameError(
    `cacheControl takes what it says to one kind of cache under cdn, sitecache or the name of a field, such as 'Example-Cache-Control'; got ${inspect(name)}`,
  )
}
