import { type IncomingMessage, METHODS } from 'node:http'
import { connect, type Socket } from 'node:net'
import { bodyOf, exchangeRaw, headerOf, parseRaw, type RawResponse } from '@sitecache/test-support/raw'

/** A Node whose parser doesn't know QUERY answers 400 by itself: no application sees one. What this machine's has decides what is tested. */
export const hasQuery = METHODS.includes('QUERY')

/** The methods that ask by their content, as far as this machine's Node lets them through: POST is always there to be tested. */
export const contentMethods = hasQuery ? (['QUERY', 'POST'] as const) : (['POST'] as const)

export type ContentMethod = (typeof contentMethods)[number]

/** What was said, and what the cache said of it. */
export interface Said {
  readonly status: number
  readonly body: string
  readonly cache: string
  readonly response: RawResponse
}

export function said(response: RawResponse): Said {
  return {
    status: response.status,
    body: bodyOf(response).toString('latin1'),
    cache: headerOf(response, 'cache-status') ?? '',
    response,
  }
}

/** A request as it goes over the wire, its content by length unless a line says otherwise. */
export function wire(method: string, path: string, content: string, lines: readonly string[] = []): string {
  const framed = lines.some((line) => /^(content-length|transfer-encoding):/i.test(line))
  const length = framed ? [] : [`Content-Length: ${Buffer.byteLength(content, 'latin1')}`]
  return [`${method} ${path} HTTP/1.1`, 'Host: a.example', ...length, ...lines, '', content].join('\r\n')
}

/** Asks once over a raw socket, which is closed then. @param content a byte for a character */
export async function ask(
  url: string,
  method: string,
  path: string,
  content = '',
  lines: readonly string[] = [],
): Promise<Said> {
  return said(parseRaw(await exchangeRaw(url, wire(method, path, content, ['Connection: close', ...lines]))))
}

/** A connection that is written to piece by piece. */
export class Line {
  readonly socket: Socket
  #got = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#got += chunk.toString('latin1')
    })
    socket.on('error', () => undefined)
  }

  static async open(url: string): Promise<Line> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await new Promise((resolve) => socket.once('connect', resolve))
    return new Line(socket)
  }

  /** What has come so far. */
  get got(): string {
    return this.#got
  }

  write(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** Waits until what has come matches. */
  async until(what: RegExp): Promise<string> {
    while (!what.test(this.#got)) await new Promise((resolve) => this.socket.once('data', resolve))
    return this.#got
  }
}

/** Reads the content of a request in one of the ways that handlers have. */
export async function readAll(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}
