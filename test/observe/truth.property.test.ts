import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, invalidatePage, invalidateTags, siteCache } from '@sitecache/express'
import { type ExchangeEvent, isServed, toldOutcome } from '@sitecache/http'
import { metrics } from '@sitecache/metrics'
import { frameworks, listen } from '@sitecache/test-support/applications'
import { passSeconds } from '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { whileThereIsTime } from '@sitecache/test-support/properties'
import { undoAll } from '@sitecache/test-support/undo'
import fc from 'fast-check'

/** A request, as all that take part have seen it. */
interface Seen {
  readonly method: string
  readonly leaves: boolean
  /** How often the handler ran. */
  ran: number
  readonly events: ExchangeEvent[]
  isClosed: boolean
  /** Called when it has come to the server. */
  come: () => void
  got?: {
    readonly cacheStatus: string
    readonly age: number
    readonly status: number
    readonly bytes: number
  }
}

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

/** What handlers do, by the first part of the path. */
const handlers: Readonly<Record<string, Handler>> = {
  page: (_req, res) => res.end('a page'),
  chunks: (_req, res) => {
    res.write('one ')
    setImmediate(() => res.end('two €'))
  },
  validated: (req, res) => {
    res.setHeader('ETag', '"1"')
    if (req.headers['if-none-match'] === '"1"') res.statusCode = 304
    res.end(res.statusCode === 304 ? undefined : 'a page with a validator')
  },
  tagged: (_req, res) => {
    res.setHeader('Cache-Groups', '"a"')
    res.end('a page in a group')
  },
  session: (_req, res) => {
    res.setHeader('Set-Cookie', 'a=1')
    res.end('a page of one client')
  },
  varied: (req, res) => res.end(`in ${req.headers['accept-language']}`),
  failing: (_req, res) => {
    res.statusCode = 503
    res.end('down')
  },
  cut: (_req, res) => {
    res.setHeader('ETag', '"1"')
    res.setHeader('Content-Length', '1000')
    res.write('half')
    setImmediate(() => res.destroy())
  },
  slow: (_req, res) => void setTimeout(() => res.end('slow'), 5),
}

const ask = fc.record({
  kind: fc.constantFrom(...Object.keys(handlers)),
  method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'HEAD', 'POST'),
  headers: fc.constantFrom<Readonly<Record<string, string>>>(
    {},
    {},
    { 'If-None-Match': '"1"' },
    { Range: 'bytes=0-2' },
    { 'Cache-Control': 'no-cache' },
    { 'Cache-Control': 'only-if-cached' },
    { 'Accept-Language': 'de' },
  ),
  times: fc.constantFrom(1, 1, 1, 3),
  leaves: fc.constantFrom(false, false, false, false, true),
})
const other = fc.constantFrom<(site: Site) => unknown>(
  () => passSeconds(4),
  () => passSeconds(30),
  ({ cache }) => invalidateTags('a', { cache }).catch(() => undefined),
  ({ cache }) => invalidatePage('/page', { cache, soft: true }).catch(() => undefined),
  ({ store }) => {
    store.failure = store.failure === undefined ? new Error('down') : undefined
  },
)
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: ask }, other), { minLength: 5, maxLength: 25 })

interface Site {
  readonly cache: Cache
  readonly store: FaultyStore
  readonly url: string
  readonly seen: Seen[]
}

const agent = new Agent({ keepAlive: true, maxSockets: 3 })
const closing: (() => unknown)[] = [() => agent.destroy()]
afterAll(() => undoAll(closing))

/** An application whose outermost listener, handlers and cache tell of each request by itself. */
async function begin(index: number, policy: 'django' | 'rfc9111'): Promise<Site> {
  const store = new FaultyStore()
  const cache = createCaches({ default: { store } }).get('default')
  const [seen, byRequest] = [[] as Seen[], new WeakMap<object, Seen>()]
  cache.on('exchange', () => undefined)
  cache.meter.exchangeWatchers.add((event, req) => byRequest.get(req)?.events.push(event as never))
  const options = { cache, policy, timeout: 5, staleIfError: 20, lockTimeout: 1 } as const
  const app = frameworks[index]?.build([siteCache(options)], (req, res) => {
    const known = byRequest.get(req)
    if (known !== undefined) known.ran += 1
    const [, , kind = ''] = String(Reflect.get(req, 'originalUrl') ?? req.url).split(/[/?]/)
    return handlers[kind]?.(req, res)
  })
  const { url, close } = await listen((req, res) => {
    const known = seen[Number(/\d+$/.exec(req.headers.from ?? '')?.[0])]
    delete req.headers.from
    if (known !== undefined) byRequest.set(req, known)
    known?.come()
    res.once('close', () => {
      if (known !== undefined) known.isClosed = true
    })
    app?.(req, res)
  })
  closing.push(close)
  return { cache, store, url, seen }
}

/** Resolves once the client has its response, or has none to come. */
function send(
  { url, seen }: Site,
  { kind, method, headers, leaves }: typeof ask extends fc.Arbitrary<infer A> ? A : never,
): Promise<void> {
  const one: Seen = { method, leaves, ran: 0, events: [], isClosed: false, come: () => undefined }
  const number = seen.push(one) - 1
  return new Promise((resolve) => {
    const sent = request(
      `${url}/page/${kind}`,
      { agent, method, headers: { ...headers, From: `${number}` } },
      (res) => {
        const got = {
          cacheStatus: String(res.headers['cache-status']),
          age: Number(res.headers.age ?? 0),
          status: res.statusCode ?? 0,
        }
        buffer(res).then(
          ({ length }) => {
            if (!leaves) one.got = { ...got, bytes: length }
            resolve()
          },
          () => resolve(),
        )
      },
    )
    sent.on('error', () => resolve())
    sent.end()
    if (leaves) one.come = () => void setImmediate(() => sent.destroy())
  })
}

/** Tells what is wrong of a request that was seen by all; undefined: nothing. */
function wrong({ method, leaves, ran, events, got }: Seen): string | undefined {
  const [event, another] = events
  if (event === undefined || another !== undefined) return `has ${events.length} events`
  const { result, reason, bytes, status } = event
  const byHandler = !isServed(result) || result === 'revalidated' || reason === 'stale-if-error'
  // Of those that wait for a render that fails, each may have the stale page.
  if (ran > 0 && (!byHandler || result === 'unsatisfiable')) return 'is served, and its handler ran'
  if (ran === 0 && byHandler && !['aborted', 'only-if-cached', 'stale-if-error'].includes(reason ?? ''))
    return 'is rendered, and its handler did not run'
  if (!(bytes >= 0)) return 'has bytes that are no number'
  if (got === undefined || leaves) return undefined
  if (got.status !== status) return 'has another status'
  if (got.bytes !== bytes && result !== 'bypass') return 'has other bytes'
  if (method === 'HEAD' && bytes !== 0) return 'has bytes of a HEAD'
  return wrongWord(event, got)
}

/** By the head it may still come to be stored; what comes after that no field tells. */
function wrongWord(
  { result, reason, ttl = 0 }: ExchangeEvent,
  got: NonNullable<Seen['got']>,
): string | undefined {
  const told = toldOutcome(got.cacheStatus, got.age)
  const isLate =
    (result === 'unstorable' && told?.result === 'miss') ||
    // A store that has just failed is not expected to take the page, and may.
    (result === 'miss' && told?.reason === 'store')
  if (told?.result !== result && !isLate) return `is told as ${told?.result}`
  if (!isLate && told?.reason !== undefined && told.reason !== reason) return `is told as ${told.reason}`
  return told?.ttl === undefined || Math.abs(told.ttl - ttl) <= 1 ? undefined : `has another ttl: ${ttl}`
}

function countsOf(events: readonly ExchangeEvent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { result } of events) counts[result] = (counts[result] ?? 0) + 1
  return counts
}

function countedBy(text: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const [, result = '', value] of text.matchAll(
    /^sitecache_requests_total\{.*result="(\w+)"\} (\d+)$/gm,
  ))
    counts[result] = (counts[result] ?? 0) + Number(value)
  return counts
}

describe.each(frameworks.map(({ name }, index) => [name, index] as const))(
  'whatever happens, on %s',
  (_, index) => {
    it.each(['django', 'rfc9111'] as const)(
      'all that is told of requests is so: policy %s',
      async (policy) => {
        const property = fc.asyncProperty(steps, async (taken) => {
          const site = await begin(index, policy)
          const counted = metrics({ caches: [site.cache] })
          for (const step of taken)
            await (typeof step === 'function'
              ? step(site)
              : Promise.all(Array.from({ length: step.times }, () => send(site, step))))
          while (site.seen.some(({ isClosed, events }) => !isClosed || events.length === 0))
            await new Promise((resolve) => setTimeout(resolve, 1))
          await site.cache.idle()
          const faults = site.seen.flatMap((one) => wrong(one) ?? [])
          expect(faults).toEqual([])
          const counts = countsOf(site.seen.flatMap(({ events }) => events))
          expect((await site.cache.stats()).results).toEqual(counts)
          expect(countedBy(await counted.text())).toEqual(counts)
          counted.close()
        })
        await fc.assert(property, { numRuns: 25, ...whileThereIsTime })
      },
    )
  },
)
