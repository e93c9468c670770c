import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Agent, createServer, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isServed, type Result } from '@sitecache/http'
import type { ReplayClient, ReplayClients } from './clients.js'
import type { ReplayedRequest } from './requests.js'

const LONGEST_MS = 30_000
/** As a browser names itself: robots count apart. */
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Counts of a replay. */
export interface Replayed {
  readonly lookUps: number
  readonly hits: number
  /** Requests that were not answered. */
  readonly failed: number
}

/** Way in which requests are replayed. */
export interface ReplayOptions {
  /** Of each request: they take the place of a client's own. */
  readonly headers: Readonly<Record<string, string>>
  readonly clients: ReplayClients
  readonly signal: AbortSignal
}

/** Sends requests to an application in this process, one after the other, and counts look-ups. */
export async function replayRequests(
  app: RequestListener,
  requests: readonly ReplayedRequest[],
  { headers, clients, signal }: ReplayOptions,
): Promise<Replayed> {
  const counted = { lookUps: 0, hits: 0, failed: 0 }
  const count = (message: unknown): void => {
    const { result, purpose } = Object(message) as { result?: Result; purpose?: unknown }
    if (result === undefined || result === 'bypass' || purpose !== undefined) return
    counted.lookUps += 1
    if (isServed(result)) counted.hits += 1
  }
  const server = createServer(app).listen(0, '127.0.0.1')
  const agent = new Agent({ keepAlive: true })
  subscribe('sitecache:exchange', count)
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const it of requests) {
      if (signal.aborted) break
      const client = clients.of(it.client)
      if (!(await isAnswered({ agent, port }, it, client, headers))) counted.failed += 1
    }
    // The last response is over when its connection says so.
    await new Promise<void>((resolve) => setTimeout(resolve, 20))
    return counted
  } finally {
    unsubscribe('sitecache:exchange', count)
    agent.destroy()
    server.closeAllConnections()
    server.close()
  }
}

function isAnswered(
  to: { readonly agent: Agent; readonly port: number },
  { method, path, host, userAgent = BROWSER }: ReplayedRequest,
  client: ReplayClient,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  const cookie = client.cookies.header(host, path)
  const own = {
    ...client.headers,
    ...(host !== undefined && { host }),
    ...(cookie !== undefined && { cookie }),
  }
  return new Promise((resolve) => {
    const sent = request(
      {
        ...to,
        host: '127.0.0.1',
        method,
        path,
        timeout: LONGEST_MS,
        headers: { 'user-agent': userAgent, ...own, ...headers },
      },
      (res) => {
        for (const line of res.headers['set-cookie'] ?? []) client.cookies.set(host, line)
        res.resume()
        res.once('end', () => resolve(true)).once('close', () => resolve(false))
      },
    )
    sent.once('timeout', () => sent.destroy()).once('error', () => resolve(false))
    sent.end()
  })
}
