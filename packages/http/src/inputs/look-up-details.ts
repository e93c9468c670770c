import type { HeaderMap } from '../fields/headers.js'
import type { ExchangeEvent } from '../outcome/exchange-event.js'
import type { Page } from '../page/page.js'
import type { InputMatching, InputSource } from './key-text.js'

/** Rules of a layer that a look-up was under. */
export interface LayerFacts {
  /** Seconds for which a page without a lifetime of its own is kept; Infinity: for ever. */
  readonly lifetime: number
  /** Seconds for which a stale page is served while it is refreshed. */
  readonly staleFor: number
  /** The order of query parameters doesn't count. */
  readonly isSorted: boolean
  /** Pages kept for a URL. */
  readonly maxVariants: number
  readonly jitter: number
  /** One process renders a page at a time. */
  readonly lock: boolean
}

/**
 * All that is known of a look-up, for a sampler in this process. It holds what its visitor sent, so
 * it must not be kept, shown or sent as it is.
 */
export interface LookUpDetails {
  readonly event: ExchangeEvent
  /** When the request came, in milliseconds since the epoch. */
  readonly at: number
  readonly method: string
  readonly scheme: string
  readonly host: string
  /** The URL with that part of its query that counts. */
  readonly url: string
  /** Key of the URL's vary record. */
  readonly recordKey: string
  /** Key text of all that chooses the page beside its inputs. */
  readonly extraKey: string
  readonly source: InputSource
  readonly matching: InputMatching
  /** Names of what the page depends on, as far as it is known. */
  readonly inputs: readonly string[]
  readonly layer: LayerFacts
  /** Address of the client. */
  readonly address: string | undefined
  /** Headers that the handler has written; undefined: it was not asked, or wrote no head. */
  readonly written: HeaderMap | undefined
  /** Content-Encoding of the response, as it was sent. */
  readonly sentCoding: string | undefined
  /** The page that was served, or stored. */
  readonly page: Page | undefined
  /** Another process has rendered the same page at the same time. */
  readonly isRepeated: boolean
  /** The sample that the sampler has made for the body of the handler's response. */
  readonly body: object | undefined
}
