import type { InputMatching, InputSource, KeyPart, VaryRecord } from '@sitecache/http'
import type { DebugLine } from '../node/debug.js'
import type { Origin } from '../node/request-target.js'
import type { BodyKey } from '../state/request-body.js'
import type { FullKeys, PageKeys } from './page-keys.js'

/** Where the pages for one request live. */
export interface PageLocation extends FullKeys {
  readonly keys: PageKeys
  readonly origin: Origin
  /** The URL with that part of its query that counts. */
  readonly url: string
  /** A middleware has put more into the URL than the client sent. */
  readonly urlSaysMore: boolean
  /**
   * Content that it asks by beside its URL; undefined for GET and HEAD. Each content has a vary
   * record of its own; the fence is its URL's.
   */
  readonly body: BodyKey | undefined
  /** Key text of all that chooses the page beside its inputs. */
  readonly extraKey: string
  /** Values of what the pages may depend on, as they are at the look-up. */
  readonly source: InputSource
  /** How those values are compared. */
  readonly matching: InputMatching
  /** Vary record of the URL as this process read it last; undefined: it may have. */
  readonly seen: VaryRecord | undefined
  readonly maxVariants: number
  /** Whose pages these are alone; undefined: nobody's. */
  readonly identity: KeyPart
  /** Line of the request in the log; absent unless `NODE_DEBUG` names sitecache. */
  readonly debug?: DebugLine
}
