import { Agent, type ClientRequest, get } from 'node:http'
import { text } from 'node:stream/consumers'

/** What came of a request. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly cacheStatus: string
}

/** A connection for each request, as many as are asked for at once. */
const agent = new Agent({ keepAlive: false, maxSockets: 2000 })

/** Asks `site.example`, at this address. */
export function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { Host: 'site.example', ...headers } }, (res) => {
      const done = (body: string): void =>
        resolve({ status: res.statusCode ?? 0, body, cacheStatus: String(res.headers['cache-status']) })
      text(res).then(done, reject)
    }).on('error', reject)
  })
}

/** As `ask`, for who hangs up (`destroy`) before it is answered. */
export function askInVain(url: string): ClientRequest {
  return get(url, { agent, headers: { Host: 'site.example' } }).on('error', () => undefined)
}
