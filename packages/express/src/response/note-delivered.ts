import { type Page, withoutPrivate } from '@sitecache/http'
import { noteServed } from '../inputs/note-served.js'
import { RequestInputs } from '../inputs/request-inputs.js'
import type { Exchange } from '../options/exchange.js'
import type { PageLocation } from '../pages/page-location.js'
import { notePrivate } from './told-to-clients.js'
import { noteTold, toldByPage } from './told-vary.js'

/**
 * Tells layers further out what a stored page depends on that this layer answers with, and which
 * names in its Vary its application didn't declare.
 *
 * @param names of what the page depends on
 */
export function noteDelivered(
  { req, res }: Pick<Exchange, 'req' | 'res'>,
  { identity }: PageLocation,
  page: Page,
  names: readonly string[],
): void {
  if (!noteServed(req, res, names, identity !== undefined)) return
  noteTold(req, [], toldByPage(page, names))
  const control = page.header('cache-control')
  // Of a page that its application calls private nothing is kept: sitecache has said this.
  if (control !== undefined && withoutPrivate(control) !== control)
    notePrivate(req, control, identity !== undefined)
}

/** Whether a layer further out may have to be told: it watched the request at the look-up. */
export function isWatched({ source }: PageLocation): boolean {
  return !(source instanceof RequestInputs) || source.isWatched
}
