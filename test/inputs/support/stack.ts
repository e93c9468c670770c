import type { RequestListener } from 'node:http'
import { afterEach, expect, it, jest } from '@jest/globals'
import { forgetWarnings } from '@sitecache/core/internal'
import {
  type Caches,
  createCaches,
  fetchFromCache,
  memoryStore,
  siteCache,
  updateCache,
} from '@sitecache/express'
import express, { type Express, type RequestHandler } from 'express'
import { listen } from '../../support/applications.js'
import { undoAll } from '../../support/undo.js'
import { type Handle, handler } from './application.js'
import { type Answer, Client, type Fields, isHit } from './client.js'

/** What a stack is built with. */
export interface Kit {
  readonly caches: Caches
  /** Page of this name that shows nothing of its visitor, unless `show` does; its renders are counted. */
  page(name: string, show?: Handle): RequestHandler
  /** Counts a render of a page that is no handler of Express. */
  rendered(name: string): void
}

/** Ordinary application, of whose pages most visitors must be given a stored one. */
export interface Stack {
  readonly name: string
  readonly build: (kit: Kit) => RequestListener | Promise<RequestListener>
  /** The most renders of each page in the whole run. @default 1 */
  readonly renders?: Readonly<Record<string, number>>
  /** @default / and /articles */
  readonly paths?: readonly [string, string]
  /** Text that stands on each page. @default page and its path */
  readonly shows?: string
  /** Codes of warnings that it deserves. @default none: it is in order */
  readonly warns?: readonly string[]
  /** Whether an answer has what it must have besides, as a hit too. */
  readonly agrees?: (answer: Answer) => boolean
}

const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

/** Fields that a browser sends when its visitor opens a page. */
function browser(agent: string, language: string, analytics: string, more: Fields = {}): Fields {
  return {
    'User-Agent': `Mozilla/5.0 ${agent}`,
    Accept: accept,
    'Accept-Language': language,
    'Accept-Encoding': 'gzip, deflate, br',
    'Sec-Fetch-Dest': 'document',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Site': 'none',
    'Sec-Fetch-User': '?1',
    'Upgrade-Insecure-Requests': '1',
    Cookie: `_ga=GA1.1.${analytics}; _ga_SHOP=GS1.1.${analytics}; _gid=GA1.2.${analytics}`,
    ...more,
  }
}

const browsers: readonly Fields[] = [
  browser('(X11; Linux) Firefox/140.0', 'en', '1001.1'),
  browser('(Windows NT 10.0) Chrome/140.0', 'de,en;q=0.7', '1002.2', { 'Sec-CH-UA-Mobile': '?0' }),
  browser('(iPhone) Safari/605.1', 'fr,en;q=0.7', '1003.3', { Origin: 'https://app.example' }),
  browser('(Windows NT 10.0) Edg/140.0', 'en', '1004.4', { Referer: 'https://site.example/' }),
  browser('(Linux; Android 15) Chrome/140.0', 'de,en;q=0.7', '1005.5', { 'Sec-Fetch-Site': 'same-origin' }),
  browser('(Macintosh) Safari/605.1', 'en', '1006.6', { Origin: 'https://admin.example' }),
]

export const paths = ['/', '/articles'] as const

const closing: (() => unknown)[] = []
afterEach(() => undoAll(closing))

/** Six visitors open two pages, twice; one of them signs in meanwhile. All but the first must be given stored pages. */
export function mustHit(stacks: readonly Stack[]): void {
  const table = stacks.map((stack): [string, Stack] => [stack.name, stack])
  it.each(table)('%s', async (_name, stack) => {
    const counts: Record<string, number> = {}
    const told = collectWarnings()
    const caches = createCaches({ default: { store: memoryStore() } })
    const rendered: Kit['rendered'] = (name) => {
      counts[name] = (counts[name] ?? 0) + 1
    }
    const page: Kit['page'] = (name, show = (_req, res) => res.send(`page ${name}`)) =>
      handler((req, res, next) => {
        rendered(name)
        return show(req, res, next)
      })
    const { url, close } = await listen(await stack.build({ caches, page, rendered }))
    closing.push(close, () => caches.close())
    const { paths: asked = paths, shows } = stack
    const visits = await run(url, asked, caches)
    const most = asked.map((path): [string, number] => [path, stack.renders?.[path] ?? 1])
    for (const { path, answer } of visits) {
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining(shows ?? `page ${path}`)])
      if (stack.agrees !== undefined)
        expect({ path, agrees: stack.agrees(answer) }).toEqual({ path, agrees: true })
    }
    const hits = visits.filter(({ answer }) => isHit(answer)).length
    const renders = asked.reduce((sum, path) => sum + (counts[path] ?? 0), 0)
    expect({ hits, renders }).toEqual({ hits: visits.length - renders, renders })
    expect(told()).toEqual(stack.warns ?? [])
    for (const [path, times] of most)
      expect(`${path} rendered ${Math.max(times, counts[path] ?? 0)} times`).toBe(
        `${path} rendered ${times} times`,
      )
  })
}

/** Collects the codes of sitecache's warnings, until the end of the test. */
function collectWarnings(): () => readonly string[] {
  forgetWarnings()
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  closing.push(() => warnings.mockRestore())
  const codes = () => warnings.mock.calls.map(([, options]) => String(Reflect.get(Object(options), 'code')))
  return () => codes().filter((code) => code.startsWith('SITECACHE_'))
}

async function run(
  url: string,
  asked: readonly string[],
  caches: Caches,
): Promise<{ path: string; answer: Answer }[]> {
  const visits: { path: string; answer: Answer }[] = []
  const clients = browsers.map((fields) => new Client(url, fields))
  for (let round = 0; round < 2; round += 1) {
    for (const client of clients)
      for (const path of asked) {
        visits.push({ path, answer: await client.get(path) })
        await caches.idle()
      }
    await clients[1]?.post('/sign-in?name=ada')
    await caches.idle()
  }
  return visits
}

export type Place = 'between' | 'siteCache'

/** Application of Express with the middlewares in the README's order, or below `siteCache()`. */
export function site(
  kit: Kit,
  place: Place,
  middlewares: readonly RequestHandler[],
  show?: Handle,
  set?: (app: Express) => void,
): Express {
  const { caches } = kit
  const app = express()
  set?.(app)
  app.use(place === 'between' ? updateCache({ caches }) : siteCache({ caches }))
  for (const middleware of middlewares) app.use(middleware)
  if (place === 'between') app.use(fetchFromCache())
  for (const path of paths) app.get(path, kit.page(path, show))
  app.post('/sign-in', handler(signIn))
  return app
}

const signIn: Handle = (req, res) => {
  if ('session' in req && req.session) req.session.name = String(req.query.name)
  res.send('in')
}

/** The stack in both places; in both a page that shows nothing of its visitor is everybody's. */
export function inBoth(
  name: string,
  middlewares: () => readonly RequestHandler[],
  more: Partial<Stack> & { show?: Handle; set?: (app: Express) => void } = {},
): readonly Stack[] {
  const { show, set, ...rest } = more
  return (['between', 'siteCache'] as const).map((place) => ({
    name: `${name}, ${place}`,
    build: (kit) => site(kit, place, middlewares(), show, set),
    ...rest,
  }))
}
