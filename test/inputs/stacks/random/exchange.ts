import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Fields } from '../../support/client.js'

/** Answer as a visitor has it; `from` says whether the shared cache in front has given it. */
export interface Exchanged {
  readonly from: 'application' | 'shared cache'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly path: string
  readonly fields: Fields
}

/** Milliseconds of silence after which an exchange hangs for good. */
const patience = 20_000

/** Sends requests to one server, over connections that stay. */
export class Connections {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 20 })

  constructor(url: string) {
    this.#port = Number(new URL(url).port)
  }

  exchange({ method, path, fields }: Asked): Promise<Exchanged> {
    const options = { host: '127.0.0.1', port: this.#port, method, path, headers: fields, agent: this.#agent }
    return new Promise((resolve, reject) => {
      const sent = request(options, (res) => {
        const { statusCode: status = 0, headers } = res
        const done = (body: Buffer) => {
          const text = headers['content-encoding'] === 'gzip' && body.length > 0 ? gunzipSync(body) : body
          resolve({ from: 'application', status, headers, text: text.toString() })
        }
        buffer(res).then(done).catch(reject)
      })
      sent.setTimeout(patience, () => sent.destroy(new Error(`no answer to ${method} ${path}`)))
      sent.on('error', reject).end()
    })
  }

  /** A client that goes away while it is answered, or before. */
  hangUp({ method, path, fields }: Asked, milliseconds: number): void {
    const options = { host: '127.0.0.1', port: this.#port, method, path, headers: fields }
    const sent = request(options, (res) => {
      res.on('error', () => undefined).once('data', () => res.destroy())
    })
    sent.on('error', () => undefined).end()
    setTimeout(() => sent.destroy(), milliseconds)
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Keeps the cookies of an answer, as a browser does. */
export function keepCookies(jar: Map<string, string>, { headers }: Exchanged): void {
  for (const line of headers['set-cookie'] ?? []) {
    const [, name = '', value = '', rest = ''] = /^([^=]+)=([^;]*)(.*)$/s.exec(line) ?? []
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(rest)) jar.delete(name)
    else jar.set(name, value)
  }
}
