import { type Cache, SettingsError, UnknownCacheError, ValueError } from '@sitecache/core'
import { invalidatePage, invalidateRoute, invalidateTags, warm } from '@sitecache/express'
import { BadRequest, type Fields, textField } from '../http/body.js'
import { urlOf } from '../http/respond.js'
import type { Visit } from '../http/types.js'
import { absoluteUrl, applicationOf } from './application.js'
import type { AuditEntry } from './audit.js'

/** An action, as it was asked for. */
export type Action = Pick<AuditEntry, 'action' | 'cache' | 'by' | 'target' | 'soft'>

/** Longest time for which a page that is refreshed is waited for, in seconds. */
const REFRESH_SECONDS = 30

/**
 * Reads an action.
 *
 * @throws BadRequest where something is missing or not allowed
 */
export function parseAction(action: Action['action'], fields: Fields, visit: Visit): Action {
  const { cache = 'default', soft = false } = fields
  if (typeof cache !== 'string' || cache.length > 200) throw new BadRequest('cache must be an alias')
  if (typeof soft !== 'boolean') throw new BadRequest('soft must be true or false')
  if (action === 'check') return { action, cache }
  const target = textField(fields, 'target')
  if (action === 'refresh') return { action, cache, by: 'url', target: absoluteUrl(target, visit) }
  const { by } = fields
  if (by !== 'url' && by !== 'tag' && by !== 'route')
    throw new BadRequest("by must be 'url', 'tag' or 'route'")
  return { action, cache, by, target, soft }
}

/**
 * Runs an action.
 *
 * @returns sentence about what came of it
 * @throws errors of the store, and for a URL or tag that is not allowed
 */
export async function runAction(it: Action, cache: Cache, visit: Visit): Promise<string> {
  const { action, by, target = '', soft = false } = it
  if (action === 'check') {
    await cache.store.check()
    return 'The store answers.'
  }
  if (action === 'refresh') return refresh(target, cache, visit)
  if (by === 'tag') await invalidateTags(target, { cache, soft })
  else if (by === 'route') await invalidateRoute(target, { cache, soft })
  else return purgedText(await invalidatePage(target, { cache, soft }), soft)
  return soft ? 'Marked as stale.' : 'Purged.'
}

function purgedText(isStored: boolean, soft: boolean): string {
  if (!isStored) return 'No page of this URL was known to be stored. One that is being rendered is not kept.'
  return soft ? 'Its pages are marked as stale.' : 'Its pages are purged.'
}

/** Has a page rendered anew, without a moment in which there is none. */
async function refresh(url: string, cache: Cache, visit: Visit): Promise<string> {
  const app = applicationOf(visit)
  if (app === undefined) throw new BadRequest('the application can not be reached from here: purge instead')
  await invalidatePage(url, { cache, soft: true })
  let reason: string | undefined
  const result = await warm([url], {
    app,
    timeout: REFRESH_SECONDS,
    onProgress: (progress) => {
      reason = progress.reason
    },
  })
  if (result.stored === 1) return 'Rendered anew, and stored.'
  if (result.hit === 1) return 'Being rendered anew behind the stale page.'
  return `Not stored: ${reason ?? 'there was no response'}.`
}

/** Status and message of an error, without anything that a store or driver says of itself. */
export function faultOf(error: unknown, visit: Visit): { readonly status: number; readonly message: string } {
  if (error instanceof BadRequest) return { status: error.status, message: error.message }
  if (error instanceof ValueError || error instanceof SettingsError)
    return { status: 400, message: error.message }
  if (error instanceof UnknownCacheError) return { status: 404, message: error.message }
  const path = urlOf(visit.req).split('?', 1)[0] ?? ''
  if (path.endsWith('/check'))
    return { status: 502, message: error instanceof Error ? error.message : 'the store can not be used' }
  return { status: 502, message: 'the store could not be told: the pages may still be served' }
}
