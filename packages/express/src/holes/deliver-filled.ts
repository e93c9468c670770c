import { decodeHoles, isPromise, joinHoles, type MaybePromise } from '@sitecache/core/internal'
import type { Page } from '@sitecache/http'
import type { ResponseWriter } from '../capture/observer.js'
import type { Exchange } from '../options/exchange.js'
import { dropByteFields, pageHolesOf } from './page-holes.js'
import { fillHole } from './render-page.js'

/**
 * Serves a stored page with holes, filled for this request and always whole: conditions and ranges
 * are about one representation, and this one did not exist before (RFC 9110 §8.8, §13.1, §14.2).
 * Never rejects.
 *
 * @param setHead sets the page's head on the response
 */
export function deliverFilled(
  { layer, method, req, res }: Exchange,
  page: Page,
  setHead: () => void,
  out: ResponseWriter,
): MaybePromise<void> {
  const holes = decodeHoles(page.holes, page.body.length) ?? []
  const names = method === 'HEAD' ? [] : [...new Set(holes.map(({ name }) => name))]
  const contents = names.map((name) => fillHole(layer, req, name))
  const send = (filled: readonly string[]): void => {
    if (res.destroyed) return
    const body = joinHoles(
      { body: page.body, holes },
      new Map(names.map((name, i) => [name, filled[i] ?? ''])),
    )
    out.prepare?.()
    setHead()
    dropByteFields(res)
    const pageHoles = pageHolesOf(req)
    pageHoles.body = { cutHoles: () => ({ body: page.body, holes }), sent: body.length }
    if (pageHoles.isOutermost()) pageHoles.makePrivate(res)
    if (method !== 'HEAD') res.setHeader('Content-Length', body.length)
    out.end.call(res, method === 'HEAD' ? undefined : body)
  }
  if (!contents.some(isPromise)) return send(contents as string[])
  return Promise.all(contents).then((filled) => {
    try {
      send(filled)
    } catch (error) {
      layer.keys().cache.meter.error(error, 'hole')
      out.destroy.call(res)
    }
  })
}
