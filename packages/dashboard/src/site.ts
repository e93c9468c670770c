import type { Cache, Caches } from '@sitecache/core'
import { UnknownCacheError } from '@sitecache/core'
import { REASONS } from '@sitecache/http'
import { type Audit, record } from './actions/audit.js'
import { lookUp, parseLookup } from './actions/lookup.js'
import { type Action, faultOf, parseAction, runAction } from './actions/run.js'
import { tagDigest } from './figures/purges.js'
import type { Recorder } from './figures/recorder.js'
import type { Fleet } from './fleet/fleet.js'
import type { Assets } from './http/assets.js'
import { BadRequest, type Fields, readFields, textField } from './http/body.js'
import { pageText } from './http/page.js'
import { prepare, send, sendJson, sendNotFound, urlOf } from './http/respond.js'
import { actionFault, beginSession, tokenOf } from './http/session.js'
import type { Streams } from './http/streams.js'
import type { Visit } from './http/types.js'
import { cacheNamed, type DashboardOptions, type FindingSource } from './options.js'
import type { Session } from './shared/state.js'

/** Parts of a dashboard. */
export interface SiteParts {
  readonly authorize: DashboardOptions['authorize']
  readonly caches: Caches | readonly Cache[]
  readonly readOnly: boolean
  readonly audit: Audit | undefined
  readonly doctor: FindingSource | undefined
  readonly fleet: Fleet
  readonly recorder: Recorder
  readonly streams: Streams
  readonly assets: Assets
}

type Answer = (visit: Visit) => unknown

/** URLs of a dashboard, below the path where it is mounted. */
export class Site {
  readonly #parts: SiteParts
  readonly #gets: ReadonlyMap<string, Answer>
  readonly #posts: ReadonlyMap<string, Answer>

  constructor(parts: SiteParts) {
    this.#parts = parts
    const { fleet, doctor } = parts
    this.#gets = new Map<string, Answer>([
      ['/', (visit) => this.#page(visit)],
      ['/api/session', (visit) => sendJson(visit, this.#session(visit))],
      ['/api/state', async (visit) => sendJson(visit, await fleet.state())],
      ['/api/reasons', (visit) => sendJson(visit, REASONS)],
      ['/api/live', (visit) => this.#live(visit)],
      ...(doctor === undefined
        ? []
        : [
            [
              '/api/doctor',
              async (visit: Visit) => sendJson(visit, { findings: await doctor.findings() }),
            ] as const,
          ]),
    ])
    this.#posts = new Map<string, Answer>([
      ['/api/purge', (visit) => this.#act('purge', visit)],
      ['/api/refresh', (visit) => this.#act('refresh', visit)],
      ['/api/check', (visit) => this.#act('check', visit)],
      ['/api/tag', (visit) => this.#look(visit, (fields) => this.#tag(fields))],
      ['/api/sample', (visit) => this.#look(visit, async (fields) => this.#sample(fields))],
      ['/api/explain', (visit) => this.#look(visit, (fields) => this.#explain(fields, visit))],
    ])
  }

  /** Answers a request; one that is not authorized as if there were nothing. */
  async answer(visit: Visit): Promise<void> {
    const { req } = visit
    prepare(visit)
    const isAuthorized = await this.#isAuthorized(visit)
    // It has answered itself (a redirect to a login), or the client has gone meanwhile.
    if (visit.res.headersSent || visit.res.writableEnded || visit.res.destroyed) return
    if (!isAuthorized) return sendNotFound(visit)
    const path = pathOf(req.url ?? '/')
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    const known = isRead ? this.#gets.get(path) : req.method === 'POST' ? this.#posts.get(path) : undefined
    if (known !== undefined) return void (await known(visit))
    if (isRead && path.startsWith('/assets/')) return void this.#asset(visit, path)
    sendNotFound(visit)
  }

  /** A callback that throws refuses. */
  async #isAuthorized({ req }: Visit): Promise<boolean> {
    try {
      return (await this.#parts.authorize(req)) === true
    } catch {
      return false
    }
  }

  /** URLs in the page are relative: its own has to end with a slash. */
  #page(visit: Visit): unknown {
    const path = pathOf(urlOf(visit.req))
    const [query = ''] = /\?.*$/.exec(urlOf(visit.req)) ?? []
    if (!path.endsWith('/')) {
      visit.res.setHeader('Location', `./${path.slice(path.lastIndexOf('/') + 1)}/${query}`)
      return send(visit, 302, 'text/plain; charset=utf-8', '')
    }
    beginSession(visit)
    return send(visit, 200, 'text/html; charset=utf-8', pageText(this.#parts.assets.version))
  }

  #asset(visit: Visit, path: string): unknown {
    const { version, files } = this.#parts.assets
    const prefix = `/assets/${version}/`
    const file = path.startsWith(prefix) ? files.get(path.slice(prefix.length)) : undefined
    if (file === undefined) return sendNotFound(visit)
    visit.res.setHeader('Cache-Control', 'private, max-age=31536000, immutable')
    visit.res.setHeader('Vary', 'Accept-Encoding')
    const isGzip = /\bgzip\b(?!;\s*q=0(?:\.0*)?(?:,|$))/.test(
      String(visit.req.headers['accept-encoding'] ?? ''),
    )
    if (isGzip) visit.res.setHeader('Content-Encoding', 'gzip')
    return send(visit, 200, file.type, isGzip ? file.gzipped : file.body)
  }

  #session({ req }: Visit): Session {
    const { readOnly, recorder, doctor } = this.#parts
    const pages = doctor === undefined ? ['explain'] : ['explain', 'doctor']
    return { token: tokenOf(req), readOnly, caches: recorder.caches.map(({ alias }) => alias), pages }
  }

  #live(visit: Visit): unknown {
    if (visit.req.method === 'HEAD') return send(visit, 200, 'text/event-stream', '')
    if (this.#parts.streams.open(visit)) return
    visit.res.setHeader('Retry-After', '60')
    return sendJson(visit, { error: 'there are as many streams as there may be: poll api/state' }, 503)
  }

  /** Answers what is looked up by content, which no log of URLs has. */
  async #look(visit: Visit, run: (fields: Fields) => Promise<unknown>): Promise<void> {
    const fault = actionFault(visit.req)
    if (fault !== undefined) return sendJson(visit, { error: fault }, 403)
    try {
      sendJson(visit, await run(await readFields(visit.req)))
    } catch (error) {
      this.#fail(visit, error)
    }
  }

  async #tag(fields: Fields): Promise<object> {
    const [tag, cache] = [textField(fields, 'tag'), textField(fields, 'cache')]
    const digest = tagDigest(tag)
    const { purges } = await this.#parts.fleet.state()
    const own = this.#parts.recorder.lastPurgeOf(cache, digest)
    const last = purges.findLast((it) => it.tag === digest && it.cache === cache)
    return { last: (last?.at ?? 0) > (own?.at ?? 0) ? last : own }
  }

  #sample(fields: Fields): object {
    const [cache, route, reason] = [
      textField(fields, 'cache'),
      textField(fields, 'route'),
      textField(fields, 'reason'),
    ]
    return { sample: this.#parts.recorder.sampleOf(cache, route, reason) }
  }

  async #explain(fields: Fields, visit: Visit): Promise<object> {
    return lookUp(parseLookup(fields, visit), this.#cacheNamed(textField(fields, 'cache')), visit)
  }

  /** @throws UnknownCacheError for a cache that is not shown */
  #cacheNamed(alias: string): Cache {
    const cache = cacheNamed(this.#parts.caches, alias)
    if (cache === undefined) throw new UnknownCacheError('no such cache is shown here')
    return cache
  }

  async #act(name: Action['action'], visit: Visit): Promise<void> {
    const { req } = visit
    const { readOnly, audit } = this.#parts
    let action: Action = { action: name, cache: '' }
    const note = (outcome: 'done' | 'failed' | 'refused', reason?: string): void =>
      record(audit, { ...action, outcome, reason, at: new Date(), req })
    const fault =
      actionFault(req) ?? (readOnly && name !== 'check' ? 'the dashboard is read-only' : undefined)
    if (fault !== undefined) {
      note('refused', fault)
      return sendJson(visit, { error: fault }, 403)
    }
    try {
      action = parseAction(name, await readFields(req), visit)
      const said = await runAction(action, this.#cacheNamed(action.cache), visit)
      note('done')
      sendJson(visit, { said })
    } catch (error) {
      note('failed', error instanceof BadRequest ? error.message : faultOf(error, visit).message)
      this.#fail(visit, error)
    }
  }

  #fail(visit: Visit, error: unknown): void {
    const { status, message } = faultOf(error, visit)
    sendJson(visit, { error: message }, status)
  }
}

function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  return path === '' ? '/' : path
}
