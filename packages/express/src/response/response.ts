import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Layer } from '../options/layer.js'

/** The response to one request, as a layer of cache sees it. */
export interface Response {
  readonly layer: Layer
  readonly req: IncomingMessage
  readonly res: ServerResponse
}
