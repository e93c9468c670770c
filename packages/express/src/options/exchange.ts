import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderMap } from '@sitecache/http'
import type { Layer } from './layer.js'

/** One request at one layer of cache, and the response to it. */
export interface Exchange {
  readonly layer: Layer
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  /** Headers of the request, as its client sent them. */
  readonly headers: HeaderMap
}
