import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MaybePromise } from '@sitecache/core/internal'
import type { PageHoles } from './page-holes.js'

/** A response in which holes can be marked. */
export interface MarkedResponse {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly page: PageHoles
  /** What fills a hole. */
  fill(name: string): MaybePromise<string>
  /** Told of what makes the response one that can't be filled. */
  failed(error: unknown): void
}
