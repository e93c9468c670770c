import { type IncomingMessage, request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { parseCacheControl } from '@sitecache/http'
import type { Observation, RequestSpec } from './scenario.js'

/** A response with its body, as it came. */
export interface Answer {
  readonly response: IncomingMessage
  readonly body: Buffer
}

/** Sends a request with its path as it is. */
export function ask(
  port: number,
  spec: RequestSpec,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = spec
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: {
        Host: 'site.example',
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
      agent: false,
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ response, body: Buffer.concat(chunks) }))
    })
    sent.end(body)
  })
}

/** What the recording of Django tells of a response. */
export function observe({ response, body }: Answer, ran: boolean, now: number): Observation {
  const { headers, statusCode = 0 } = response
  const gzip = headers['content-encoding'] === 'gzip' && body.length > 0
  const text = (gzip ? tryGunzip(body) : body).toString()
  return {
    status: statusCode,
    ran,
    counter: headers['x-counter'] === undefined ? null : Number(headers['x-counter']),
    empty: body.length === 0,
    echo: /\b(?:language|timezone)=\S+/.exec(text)?.[0] ?? null,
    contentEncoding: headers['content-encoding'] ?? null,
    cacheControl: directivesOf(headers['cache-control']),
    vary: headers.vary === undefined ? null : headers.vary.toLowerCase().split(/\s*,\s*/),
    expiresIn: headers.expires === undefined ? null : Math.round((Date.parse(headers.expires) - now) / 1000),
    age: headers.age === undefined ? null : Number(headers.age),
    lastModified: headers['last-modified'] !== undefined,
    etag: headers.etag === undefined ? null : headers.etag.startsWith('W/') ? 'weak' : 'strong',
    contentLanguage: headers['content-language'] ?? null,
    setCookie: (headers['set-cookie'] ?? []).map((cookie) => cookie.split('=', 1)[0] ?? ''),
    location: headers.location ?? null,
    extra: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith('x-t-') ? [[name, String(value)]] : [],
      ),
    ),
  }
}

/** A stored body can be of a coding that its name only claims. */
export function tryGunzip(body: Buffer): Buffer {
  try {
    return gunzipSync(body)
  } catch {
    return body
  }
}

/** Reads Cache-Control as the recordings write it. */
export function directivesOf(value: string | undefined): Observation['cacheControl'] {
  if (value === undefined) return null
  const control = parseCacheControl(value)
  const values = new Map<string, unknown[]>()
  for (const { name, raw } of control.directives) {
    values.set(name, [...(values.get(name) ?? []), raw === undefined ? true : raw.replace(/"/g, '')])
  }
  return Object.fromEntries(Array.from(values, ([name, all]) => [name, all.length === 1 ? all[0] : all]))
}
