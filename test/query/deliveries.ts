import type { IncomingMessage, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pass } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import type { frameworks } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import { Line, readAll, wire } from './asking.js'

/** Reads the content of a request. */
export type Read = (req: IncomingMessage) => Promise<string>

const joined = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('latin1')

/** The ways in which handlers read. */
export const readers: Readonly<Record<string, Read>> = {
  'async iteration': readAll,
  'data and end': (req) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      req.on('data', (chunk) => chunks.push(chunk))
      req.on('end', () => resolve(joined(chunks))).on('error', reject)
    }),
  'readable and read()': (req) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      req.on('readable', () => {
        for (let chunk = req.read(); chunk !== null; chunk = req.read()) chunks.push(chunk)
      })
      req.on('end', () => resolve(joined(chunks)))
    }),
  'readable and read(n)': (req) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      req.on('readable', () => {
        for (let chunk = req.read(7) ?? req.read(); chunk !== null; chunk = req.read(7) ?? req.read())
          chunks.push(chunk)
      })
      req.on('end', () => resolve(joined(chunks)))
    }),
  'a pipe that is slow': async (req) => {
    const chunks: Buffer[] = []
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk, _encoding, done) => {
        chunks.push(chunk)
        setImmediate(done)
      },
    })
    await pipeline(req, slow)
    return joined(chunks)
  },
  'an encoding': (req) =>
    new Promise((resolve) => {
      let text = ''
      req.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
      })
      req.on('end', () => resolve(text))
    }),
  'pause, and resume later': (req) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      req.on('data', (chunk) => chunks.push(chunk)).pause()
      setTimeout(() => {
        expect(chunks).toEqual([])
        req.resume()
      }, 10)
      req.on('end', () => resolve(joined(chunks)))
    }),
  'only after a while': async (req) => {
    await pass(10)
    return readAll(req)
  },
}

/** Bytes of which each shows its place, within what a byte can show. */
export const patterned = (length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode((i * 31 + (i >> 8)) & 0xff)).join('')

/** Returns pieces in the chunked coding. */
export const chunked = (pieces: readonly string[]): string =>
  [...pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`), '0\r\n\r\n'].join('')

/** What a request carries, and how: the head, then pieces, each written on its own. */
export const deliveries: Readonly<
  Record<string, readonly [content: string, pieces: readonly string[], line?: string]>
> = {
  nothing: ['', ['']],
  'nothing, in chunks': ['', ['0\r\n\r\n'], 'Transfer-Encoding: chunked'],
  'one packet': ['select a', ['select a']],
  'a byte at a time': ['select a', [...'select a']],
  'one chunk': ['select a', [chunked(['select a'])], 'Transfer-Encoding: chunked'],
  'chunks, the last one late': ['select a', ['8\r\nselect a\r\n', '0\r\n\r\n'], 'Transfer-Encoding: chunked'],
  'more than a stream holds': [patterned(60_000), [patterned(60_000)]],
  'chunks of all sizes': [
    patterned(60_000),
    [
      chunked([
        patterned(60_000).slice(0, 1),
        patterned(60_000).slice(1, 40_000),
        patterned(60_000).slice(40_000),
      ]),
    ],
    'Transfer-Encoding: chunked',
  ],
}

interface Site {
  readonly url: string
  readonly asked: string[]
}

/** An application that answers how long the content of a request was. */
export async function contentSite(
  build: (typeof frameworks)[number]['build'],
  read: Read,
  options: Parameters<typeof siteCache>[0] = {},
): Promise<Site> {
  const asked: string[] = []
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const content = await read(req)
    asked.push(content)
    res.end(`${content.length} bytes, the ${asked.length}th time`)
  }
  const cache = siteCache({ cache: freshCache(), methods: ['QUERY', 'POST'], ...options })
  return { url: await serve(build([cache], handle)), asked }
}

/** Sends a request piece by piece, each one when the last has gone out. */
export async function deliver(
  url: string,
  method: string,
  [content, pieces, line]: readonly [string, readonly string[], string?],
): Promise<string> {
  const connection = await Line.open(url)
  const framing = line ?? `Content-Length: ${content.length}`
  connection.write(wire(method, '/page', '', [framing, 'Connection: close']))
  for (const piece of pieces) {
    connection.write(piece)
    await pass(1)
  }
  return connection.until(/time$|time\r\n0\r\n\r\n$/)
}
