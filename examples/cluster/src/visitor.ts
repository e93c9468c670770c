import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** What a visitor got. */
export interface Visit {
  readonly status: number
  readonly hit: boolean
  /** Process id of the worker that answered. */
  readonly worker: string
  readonly revision: number
  readonly milliseconds: number
}

/** A request on a connection of its own, which the primary gives to the next worker. */
export async function visit(base: string, path: string, method = 'GET'): Promise<Visit> {
  const started = performance.now()
  const response = await ask(base + path, method)
  const body = await text(response)
  return {
    status: response.statusCode ?? 0,
    hit: /; hit/.test(String(response.headers['cache-status'])),
    worker: String(response.headers['x-worker']),
    revision: Number(/id="revision">(\d+)/.exec(body)?.[1]),
    milliseconds: performance.now() - started,
  }
}

/** Milliseconds after which a visitor has gone. */
const PATIENCE = 10_000

function ask(url: string, method: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method, agent: new Agent(), signal: AbortSignal.timeout(PATIENCE) }
    request(url, options, resolve).on('error', reject).end()
  })
}
