import type { VaryMatching } from '@sitecache/http'
import type { Origin } from '../node/request-target.js'
import type { BodyKey } from '../state/request-body.js'
import type { PageKeys, UrlKeys } from './page-keys.js'

/** Where the pages for one request live. */
export interface PageLocation extends UrlKeys {
  readonly keys: PageKeys
  readonly origin: Origin
  /** The URL with that part of its query that counts. */
  readonly url: string
  /** What it asks by beside its URL; undefined for GET and HEAD. Each content has a vary record of its own; the fence is its URL's. */
  readonly body: BodyKey | undefined
  /** What chooses the page beside the headers named in Vary. */
  readonly extraKey: string
  /** How the headers named in Vary are compared. */
  readonly varyMatching: VaryMatching
  readonly maxVariants: number
  /** The visitor was known as signed in: the place is theirs alone. */
  readonly signedIn: boolean
}
