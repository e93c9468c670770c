import { type CacheControl, credentialFields, parseCacheControl } from '@sitecache/http'
import { patchCacheControl, textOf } from '../node/patch-headers.js'
import type { Headers } from '../node/response-headers.js'
import type { Forwarded } from './forwarded.js'
import type { Response } from './response.js'
import { notePrivate } from './told-to-clients.js'

/**
 * Keeps a response from caches downstream whose head goes out before its handler has read all that
 * it reads, where the client may be somebody and nothing is known of its URL yet: what it reads
 * from now on can't be said by Vary any more. Only the head on the wire says `private`: the page,
 * where it may be kept in the end, is told as any other.
 */
export function keepEarlyHead(
  { req, res }: Response,
  { known, reads, location }: Forwarded,
  headers: Headers,
): void {
  if (known.record !== undefined || !reads.goesOn) return
  const sent = location.source.headers
  if (credentialFields.every((name) => sent[name] === undefined)) return
  const control = parseCacheControl(headers['cache-control'])
  if (control.has('public') || control.has('private') || control.has('no-store')) return
  const isByAuthorization = credentialFields.every(
    (name) => name === 'authorization' || sent[name] === undefined,
  )
  if (isByAuthorization && isForShared(control)) return
  patchCacheControl(res, { private: true })
  notePrivate(req, textOf(res, 'cache-control') ?? '', false)
}

/** Whether a shared cache may keep a response to a request with Authorization (RFC 9111 §3.5). */
function isForShared(control: CacheControl): boolean {
  return control.has('must-revalidate') || control.has('s-maxage')
}
