import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
} from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** Response as a client sees it, decoded. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export type Fields = Readonly<Record<string, string>>

const agent = new Agent({ keepAlive: true })

/** Browser or program that sends the same fields each time, and the cookies that it was given. */
export class Client {
  readonly #url: string
  readonly #fields: Fields
  readonly #cookies = new Map<string, string>()

  constructor(url: string, fields: Fields = {}) {
    this.#url = url
    this.#fields = fields
  }

  get(path: string, fields: Fields = {}): Promise<Answer> {
    return this.#ask('GET', path, fields)
  }

  post(path: string, fields: Fields = {}): Promise<Answer> {
    return this.#ask('POST', path, { 'Content-Length': '0', ...fields })
  }

  async #ask(method: string, path: string, fields: Fields): Promise<Answer> {
    const headers = { Host: 'site.example', ...this.#fields, ...fields, ...this.#cookieField() }
    const answer = await exchange(new URL(path, this.#url), { method, headers, agent })
    for (const line of answer.headers['set-cookie'] ?? []) this.#take(line)
    return answer
  }

  #cookieField(): Fields {
    const own = this.#fields.Cookie
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    const all = own === undefined ? pairs : [own, ...pairs]
    return all.length === 0 ? {} : { Cookie: all.join('; ') }
  }

  #take(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    if (value === '' || attributes.some(isOver)) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}

/** Attribute by which a server takes a cookie back. */
function isOver(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=')
  if (/^max-age$/i.test(name)) return Number(value) <= 0
  return /^expires$/i.test(name) && Date.parse(value) <= Date.now()
}

function exchange(url: URL, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (res) => {
      const { statusCode = 0, headers } = res
      const done = (body: Buffer): void =>
        resolve({ status: statusCode, headers, text: decoded(headers, body) })
      whole(res).then(done).catch(reject)
    })
    sent.on('error', reject).end()
  })
}

/** Returns the bytes of a body: in half the time that Node takes, which makes a Blob of it. */
function whole(res: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    res.on('data', (chunk: Buffer) => void chunks.push(chunk))
    res.once('end', () => resolve(Buffer.concat(chunks))).once('error', reject)
  })
}

function decoded(headers: IncomingHttpHeaders, body: Buffer): string {
  const coding = headers['content-encoding']
  if (coding === 'br') return brotliDecompressSync(body).toString()
  return (coding === 'gzip' ? gunzipSync(body) : body).toString()
}

/** Whether the cache answered by itself (RFC 9211 §2.1). */
export function isHit({ headers }: Answer): boolean {
  return /^sitecache; hit/.test(String(headers['cache-status']))
}
