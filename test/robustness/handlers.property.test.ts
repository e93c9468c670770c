import type { RequestListener } from 'node:http'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, it } from '@jest/globals'
import { cachePage, conditionalGet, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { whileThereIsTime } from '@sitecache/test-support/properties'
import { askRaw, bodyOf, type RawResponse } from '@sitecache/test-support/raw'
import { undoAll } from '@sitecache/test-support/undo'
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express'
import fc from 'fast-check'

/** One step of a handler. A step that Node refuses throws, and the handler goes on, as one that catches errors does. */
type Step = (res: Response) => unknown
type Program = readonly (readonly [shown: string, step: Step])[]

const texts = ['', 'a', 'grüße €', 'x'.repeat(900), 'y'.repeat(40_000)]

/** Ways in which Node takes a part of a body, and what it refuses. */
const chunks: readonly ((text: string) => readonly [unknown, BufferEncoding?])[] = [
  (text) => [text],
  (text) => [Buffer.from(text)],
  (text) => [Buffer.from(text).toString('base64'), 'base64'],
  (text) => [text, 'utf16le'],
  (text) => [runInNewContext('Uint8Array.from(bytes)', { bytes: [...Buffer.from(text)] })],
  () => [{}],
  () => [null],
]

const fields: readonly (readonly [string, string | readonly string[]])[] = [
  ['X-A', '1'],
  ['x-a', ['1', '2']],
  ['Content-Type', 'text/html'],
  ['ETag', '"1"'],
  ['Link', '</a>; rel=preload'],
  ['Set-Cookie', 'a=1'],
  ['Cache-Control', 'max-age=60'],
  ['Cache-Control', 'no-store'],
  ['Vary', 'Accept'],
  ['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT'],
  ['X-B', 'a\nb'],
]

const chunk = fc.tuple(fc.constantFrom(...chunks), fc.constantFrom(...texts))
const field = fc.constantFrom(...fields)
const part = (name: 'write' | 'end') =>
  chunk.map(([make, text]): Program[number] => [
    `${name} ${chunks.indexOf(make)} ${text.length}`,
    (res) => Reflect.apply(res[name], res, make(text)),
  ])
const head = (name: 'setHeader' | 'appendHeader') =>
  field.map(([of, value]): Program[number] => [
    `${name} ${of} ${value}`,
    (res) => res[name](of, typeof value === 'string' ? value : [...value]),
  ])
const status = fc
  .constantFrom(200, 201, 204, 304, 404, 500)
  .map((code): Program[number] => [`status ${code}`, (res) => res.status(code)])
const writeHead = fc
  .tuple(fc.constantFrom(200, 404), field)
  .map(([code, [of, value]]): Program[number] => [
    `writeHead ${code} ${of} ${value}`,
    (res) => res.writeHead(code, { [of]: typeof value === 'string' ? value : [...value] }),
  ])
const others: Program = [
  ['removeHeader ETag', (res) => res.removeHeader('ETag')],
  ['removeHeader X-A', (res) => res.removeHeader('X-A')],
  ['setHeaders', (res) => res.setHeaders(new Map([['X-A', '7']]))],
  ['headersSent', (res) => res.headersSent && res.write('sent')],
  ['statusMessage', (res) => Object.assign(res, { statusMessage: 'Fine' })],
  ['redirect', (res) => res.redirect('/a')],
  ['flushHeaders', (res) => res.flushHeaders()],
  ['cork', (res) => res.cork()],
  ['uncork', (res) => res.uncork()],
  ['wait', () => new Promise(setImmediate)],
  ['end', (res) => res.end()],
  ['send', (res) => res.send('sent')],
  ['json', (res) => res.json({ a: 1 })],
]
const step = fc.oneof(
  { weight: 4, arbitrary: head('setHeader') },
  { weight: 1, arbitrary: head('appendHeader') },
  { weight: 1, arbitrary: status },
  { weight: 1, arbitrary: writeHead },
  { weight: 3, arbitrary: part('write') },
  { weight: 3, arbitrary: fc.constantFrom(...others) },
  { weight: 1, arbitrary: part('end') },
)

/** Half of them have what a client may have already. */
const steps = fc
  .tuple(
    fc.constantFrom<Program>([], [['setHeader ETag "1"', (res) => res.setHeader('ETag', '"1"')]]),
    fc.array(step, { maxLength: 7 }),
  )
  .map(([first, others]) => [...first, ...others])

let program: Program = []
/** What the handler has seen once it is through: after each step, whether its head was out, and how Node refused it. */
let saw: Promise<readonly unknown[]> = Promise.resolve([])

const run: RequestHandler = (_req, res) => {
  // A write behind the end is an error of the handler's, too.
  res.on('error', () => undefined)
  saw = runSteps(res)
}

async function runSteps(res: Response): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  for (const [, take] of program) {
    try {
      await take(res)
      seen.push(res.headersSent)
    } catch (error) {
      // Another step may follow.
      seen.push([res.headersSent, Object(error).code])
    }
  }
  if (!res.writableEnded) res.end()
  return seen
}

const failed: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).end()
const rfc9111 = { policy: 'rfc9111', staleWhileRevalidate: 60, staleIfError: 60 } as const
const nothing: RequestHandler = (_req, _res, next) => next()

/** Layers of cache, and the same application without. */
const pairs: Readonly<Record<string, readonly [readonly RequestHandler[], readonly RequestHandler[]]>> = {
  'siteCache()': [[siteCache({ cache: freshCache() })], [nothing]],
  "siteCache(), policy 'rfc9111'": [[siteCache({ cache: freshCache(), ...rfc9111 })], [nothing]],
  'updateCache() and fetchFromCache()': [[updateCache({ cache: freshCache() }), fetchFromCache()], [nothing]],
  'cachePage() below siteCache()': [
    [siteCache({ cache: freshCache() }), cachePage(60, { cache: freshCache() })],
    [nothing],
  ],
  'siteCache() above conditionalGet()': [
    [siteCache({ cache: freshCache(), ...rfc9111 }), conditionalGet()],
    [conditionalGet()],
  ],
}

const closing: (() => Promise<void>)[] = []
afterAll(() => undoAll(closing))

async function served(layers: readonly RequestHandler[]): Promise<string> {
  const app = express().use(...layers)
  app.get('/{*path}', run)
  app.use(failed)
  const { url, close } = await listen(app as RequestListener)
  closing.push(close)
  return url
}

/** Fields that a handler sets for its clients; the others are the cache's, or say how the body is sent. */
const shownFields = ['x-a', 'content-type', 'link', 'set-cookie', 'location']

function shown(response: RawResponse): unknown {
  const own = response.headers.filter(([name]) => shownFields.includes(name.toLowerCase()))
  const lines = own.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort()
  return [response.status, lines, bodyOf(response).toString('latin1')]
}

const clients = fc.constantFrom<readonly string[]>(
  [],
  ['If-None-Match: "1"'],
  ['If-None-Match: "2"'],
  ['If-Modified-Since: Tue, 02 Jan 2024 00:00:00 GMT'],
  ['Cache-Control: no-cache'],
)

let urls = 0

describe.each(Object.entries(pairs))('whatever a handler does, below %s', (_name, [layers, without]) => {
  it('clients have what they have without a cache, stored or not', async () => {
    const [cached, plain] = [await served(layers), await served(without)]
    const property = fc.asyncProperty(steps, clients, async (taken, client) => {
      program = taken
      urls += 1
      const path = `/${urls}`
      const truth = shown(await askRaw('GET', plain, path))
      const seen = await saw
      // A client with conditions comes first: what it has is its own, and the page is the next one's.
      await askRaw('GET', cached, path, client)
      expect(await saw).toEqual(seen)
      const answers = [await askRaw('GET', cached, path), await askRaw('GET', cached, path)]
      expect(answers.map(shown)).toEqual([truth, truth])
    })
    await fc.assert(property, { numRuns: 60, ...whileThereIsTime })
  })
})
