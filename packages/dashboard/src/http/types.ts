import type { IncomingMessage, ServerResponse } from 'node:http'

/** Function that passes a request on, where there is a chain. */
export type NextHandler = (error?: unknown) => void

/** Exchange with a client of the dashboard. */
export interface Visit {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}
