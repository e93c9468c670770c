import { Readable } from 'node:stream'
import { addCacheTags, hole } from '@sitecache/express'
import ejs from 'ejs'
import { Eta } from 'eta'
import type { NextFunction, RequestHandler, Response } from 'express'
import fc from 'fast-check'
import nunjucks from 'nunjucks'
import pug from 'pug'
import { plain } from './plain.js'
import { lookNames, lookOf } from './reads.js'
import type { Visitor } from './visitors.js'
import { cachedReads, cookiesIn, type StackRequest } from './ways.js'

const phases = ['at once', 'in a microtask', 'after a timer', 'while it writes'] as const
const conditions = ['always', 'consent', 'user', 'every second time'] as const

/** What a page shows, and how it is answered. */
export interface PageSpec {
  readonly looks: readonly {
    readonly look: string
    readonly when: (typeof phases)[number]
    readonly only: (typeof conditions)[number]
  }[]
  readonly out: keyof typeof writers
  readonly cacheControl: string
  readonly vary: string
  readonly status: number
  readonly hole: keyof typeof holes | 'none'
  readonly isTagged: boolean
  readonly setsCookie: boolean
  readonly hasEtag: boolean
  readonly throws: boolean
}

/** What the handlers of a stack share. */
export interface PageState {
  /** Version of each page, which a purge raises. */
  readonly versions: number[]
  /** How many renders fail from now on. */
  failing: number
  turns: number
}

/** What a page shows: its version, its hole, and what each look saw. */
export type Shown = Record<string, string | number | null>

export const tagOf = (index: number): string => `page-${index}`

/** Marks of holes, by name. */
const holes = {
  theme: hole('theme', (req: StackRequest) => String(cookiesIn(req.headers.cookie).theme)),
  tenant: hole('tenant', async (req: StackRequest) => {
    await null
    return String(req.headers['x-tenant'])
  }),
  language: hole('language', (req: StackRequest) => String(cachedReads.field(req, 'accept-language'))),
  user: hole('user', (req: StackRequest) => String(cachedReads.user(req))),
  'cached theme': hole('cached-theme', (req: StackRequest) => String(cachedReads.theme(req))),
}

/** Texts that a hole may have for a visitor. */
export const inHole: Readonly<Record<keyof typeof holes, (visitor: Visitor) => readonly string[]>> = {
  theme: ({ cookies }) => [String(cookies.theme)],
  tenant: ({ tenant }) => [tenant],
  language: ({ language }) => [language],
  user: ({ user }) => [String(user), 'undefined'],
  'cached theme': ({ cookies }) => [String(cookies.theme)],
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

interface Writing {
  readonly res: Response
  readonly spec: PageSpec
  readonly shown: Shown
  /** Takes the looks that are due meanwhile, and returns the page. */
  text(): string
}

const html = (res: Response, text: string) => res.type('html').send(text)

/** Ways to answer. */
const writers = {
  send: ({ res, text }) => html(res, text()),
  json: ({ res, shown, text }) => {
    text()
    return res.json(shown)
  },
  toJSON: ({ res, shown, text }) =>
    res.json({
      toJSON: () => {
        text()
        return shown
      },
    }),
  end: ({ res, text }) => res.setHeader('Content-Type', 'text/html').end(text()),
  write: async ({ res, text }) => {
    res.setHeader('Content-Type', 'text/html').write(' ')
    await wait(0)
    res.end(text())
  },
  writeHead: ({ res, text, spec }) => {
    const page = text()
    const control = spec.cacheControl === '' ? {} : { 'Cache-Control': spec.cacheControl }
    res.writeHead(spec.status, { 'Content-Type': 'text/html', ...control }).end(page)
  },
  stream: ({ res, text }) => {
    async function* parts() {
      yield ' '
      await wait(0)
      yield text()
    }
    Readable.from(parts()).pipe(res.type('html'))
  },
  ejs: ({ res, shown, text }) => {
    text()
    html(res, ejs.render('<%- JSON.stringify(shown) %>', { ...res.locals, shown }))
  },
  pug: ({ res, text }) => html(res, pug.render('!= page', { page: text() })),
  nunjucks: ({ res, text }) => html(res, nunjucks.renderString('{{ text() | safe }}', { text })),
  eta: ({ res, text }) => html(res, new Eta().renderString('<%~ it.page %>', { page: text() })),
  'res.render': ({ res, text }) => res.render('page', { page: text() }),
  setImmediate: ({ res, text }) => void setImmediate(() => html(res, text())),
} satisfies Record<string, (writing: Writing) => unknown>

const mostly = <T extends string | number | boolean>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
const rarely = fc.oneof(
  { weight: 20, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
)

export const page: fc.Arbitrary<PageSpec> = fc.record(
  {
    looks: fc.array(
      fc.record({ look: lookNames, when: mostly(...phases), only: mostly(...conditions) }, plain),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    out: fc.constantFrom(...(Object.keys(writers) as (keyof typeof writers)[])),
    cacheControl: fc.constantFrom(
      '',
      '',
      'max-age=60',
      'max-age=60',
      'max-age=600, must-revalidate',
      '',
      'max-age=60',
      's-maxage=60',
      'max-age=0, s-maxage=60',
      'max-age=60, stale-while-revalidate=60',
      'max-age=5, stale-while-revalidate=300',
      'max-age=5, stale-if-error=300',
      'no-cache',
      'must-revalidate, max-age=5',
      's-maxage=5, stale-while-revalidate=300, max-age=0',
    ),
    vary: mostly<string>('', 'Accept-Language', 'Cookie', 'Accept-Encoding'),
    status: fc.oneof(
      { weight: 14, arbitrary: fc.constant(200) },
      { weight: 1, arbitrary: fc.constantFrom(404, 301) },
    ),
    hole: mostly<PageSpec['hole']>('none', ...(Object.keys(holes) as (keyof typeof holes)[])),
    isTagged: fc.boolean(),
    setsCookie: rarely,
    hasEtag: rarely,
    throws: rarely,
  },
  plain,
)

/** Says with an error what had been shown, so that an error page must be its visitor's, too. */
export class PageError extends Error {
  readonly status: number
  readonly shown: Shown | undefined

  constructor(message: string, status: number, shown?: Shown) {
    super(message)
    this.status = status
    this.shown = shown
  }
}

function isDue(only: string, req: StackRequest, state: PageState): boolean {
  if (only === 'consent') return cookiesIn(req.headers.cookie).consent !== undefined
  if (only === 'user') return (req.session?.user ?? req.user) !== undefined
  return only === 'always' || state.turns++ % 2 === 0
}

function setHead({ vary, setsCookie, hasEtag, status, ...spec }: PageSpec, res: Response, text: string) {
  if (spec.cacheControl !== '') res.set('Cache-Control', spec.cacheControl)
  if (vary !== '') res.vary(vary)
  if (setsCookie) res.cookie('seen', '1')
  if (hasEtag) res.set('ETag', `"${text.length}"`)
  if (status === 301) res.set('Location', '/elsewhere')
  res.status(status)
}

/** Handler of one page. */
export function handlerOf(spec: PageSpec, index: number, state: PageState): RequestHandler {
  const isWaiting = (when: string) => spec.looks.some((one) => one.when === when)

  async function show(req: StackRequest, res: Response): Promise<unknown> {
    const shown: Shown = { version: state.versions[index] ?? 0 }
    const look = (phase: (typeof phases)[number]): void => {
      for (const { look: name, when, only } of spec.looks)
        if (when === phase && isDue(only, req, state)) shown[name] = lookOf(name).read(req, res) ?? null
    }
    if (spec.isTagged) addCacheTags(res, tagOf(index))
    if (state.failing > 0) {
      state.failing -= 1
      throw new PageError('failing', 503)
    }
    if (spec.hole !== 'none') shown.hole = `${holes[spec.hole]()}`
    look('at once')
    if (isWaiting('in a microtask')) await null
    look('in a microtask')
    if (isWaiting('after a timer')) await wait(1)
    look('after a timer')
    if (spec.throws) throw new PageError('thrown', 500, shown)
    setHead(spec, res, JSON.stringify(shown))
    const text = () => {
      look('while it writes')
      return JSON.stringify(shown)
    }
    return writers[spec.out]({ res, spec, shown, text })
  }
  return (req, res, next: NextFunction) => {
    show(req as unknown as StackRequest, res).catch(next)
  }
}
