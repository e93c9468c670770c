import type { Forward, HeaderMap, Page, Reason, Storable } from '@sitecache/http'
import type { Known } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import type { Render } from '../pages/renders.js'
import type { ForwardedTold } from './exchange-told.js'
import type { PageReads } from './page-reads.js'

/**
 * Question that the cache puts to the handler: `plain`: for the page as the client asks for it;
 * `whole`: for all of it, where the cache answers the client's conditions; `conditional`: whether
 * the stored page still holds (RFC 9111 §4.3); `range`: for what is missing of a stored part
 * (§3.4).
 */
export type RequestMode = 'plain' | 'whole' | 'conditional' | 'range'

/** Nothing was changed on the request. */
export const nothingToRestore = (): void => {}

/** Takes what would become of a response that is asked for on trial: nothing of it is stored. */
export interface ResponseTrial {
  /** It would be stored as this page. */
  stored(page: Page, how: Storable, inputs: readonly string[]): void
  /** It would not be stored. */
  skipped(reason: Reason): void
}

/** A look-up that found no page to serve, and the request as it then was. */
export interface Forwarded {
  readonly location: PageLocation
  /** Record and fence of the URL at the look-up. */
  readonly known: Pick<Known, 'record' | 'fence'>
  /** The clock of the tags, before the handler ran. */
  readonly epoch: number
  /** The page that is stored for the request, stale or in part. */
  readonly stored: Page | undefined
  readonly mode: RequestMode
  /** Puts back what was changed on the request to ask the handler. */
  readonly restore: () => void
  /**
   * A copy: what a handler does to `req.headers` must not move its page to another visitor's key.
   */
  readonly requestHeaders: HeaderMap
  /** The headers that stood on the response. */
  readonly priorHeaders: HeaderMap
  /** RFC 9211 §2.2: why the request went on. */
  readonly fwd: Forward
  readonly requestTime: number
  /** Sees what the page depends on. */
  readonly reads: PageReads
  /** Render that other requests wait for. */
  readonly render: Render | undefined
  /** Tells how the exchange ends; undefined: that was told. */
  readonly told: ForwardedTold | undefined
  /** The response is asked for on trial; undefined: a client's. */
  readonly trial?: ResponseTrial | undefined
}
