import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MaybePromise } from '@sitecache/core/internal'
import type { PageHoles } from './page-holes.js'

/** A response in which holes can be marked. */
export interface MarkedResponse {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly page: PageHoles
  /** Renders the content of a hole. */
  fill(name: string): MaybePromise<string>
  /** Reports an error that makes the response unfillable. */
  failed(error: unknown): void
}
