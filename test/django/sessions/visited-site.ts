import type { RequestListener } from 'node:http'
import type { Caches } from '@sitecache/express'
import { listen } from '../../support/applications.js'
import { type Answer, ask, tryGunzip } from '../observe.js'
import { type BuiltSessionsApp, buildApp } from './application.js'
import { CookieJar, parseSetCookie, type SetCookie } from './cookie-jar.js'
import { CSRF_COOKIE, CSRF_HEADER } from './csrf-middlewares.js'
import { Owners } from './owners.js'
import type { RequestSpec, Scenario, SessionsApp } from './scenario.js'
import { SESSION_COOKIE } from './session-engines.js'

/** A response, and what it means to its visitor. */
export interface Visit {
  readonly answer: Answer
  readonly ran: boolean
  readonly cookies: readonly SetCookie[]
  /** The body, as the view wrote it; undefined: not a view's. */
  readonly body: ViewBody | undefined
  /** Values that it shows, secrets described; null: no view's body. */
  readonly shows: Readonly<Record<string, unknown>> | null
  readonly bodyOf: number | null
  /** Names of what belongs to another visitor. */
  readonly foreign: readonly string[]
  /** Does it show what belongs to the visitor? */
  readonly isOwn: boolean
}

interface ViewBody {
  readonly run: number
  readonly shows: Readonly<Record<string, unknown>>
}

/** A running application and the cookies that its visitors keep of it. */
export class VisitedSite {
  readonly #built: BuiltSessionsApp
  readonly #engine: SessionsApp['site']['sessionEngine']
  readonly #server: Awaited<ReturnType<typeof listen>>
  readonly #jars: ReadonlyMap<string, CookieJar>
  readonly #owners: Owners
  readonly #visits: Visit[] = []
  /** Requests, counted from 1, by the number of the view's run that they caused. */
  readonly #requestOf = new Map<number, number>()

  private constructor(
    built: BuiltSessionsApp,
    server: Awaited<ReturnType<typeof listen>>,
    scenario: Scenario,
    engine: SessionsApp['site']['sessionEngine'],
  ) {
    this.#built = built
    this.#server = server
    this.#engine = engine
    const names = new Set(scenario.requests.map(({ as }) => as))
    this.#jars = new Map(
      Array.from(names, (name) => [name, new CookieJar(scenario.visitors?.[name]?.cookies)]),
    )
    this.#owners = new Owners(names)
  }

  static async open(scenario: Scenario, app: SessionsApp, caches: Caches | undefined): Promise<VisitedSite> {
    const built = buildApp(app, caches)
    const server = await listen(built.app as RequestListener)
    return new VisitedSite(built, server, scenario, app.site.sessionEngine)
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  /** Sends a request as its visitor's browser does. */
  async visit(spec: RequestSpec): Promise<Visit> {
    const jar = this.#jarOf(spec.as)
    for (const [name, value] of Object.entries(spec.cookies ?? {})) jar.set(name, value)
    const before = this.#built.runs()
    const answer = await ask(Number(new URL(this.#server.url).port), spec, this.#headersOf(spec, jar))
    const number = this.#visits.length + 1
    for (let run = before + 1; run <= this.#built.runs(); run += 1) this.#requestOf.set(run, number)
    const cookies = (answer.response.headers['set-cookie'] ?? []).map(parseSetCookie)
    for (const { name, value } of cookies) jar.set(name, value)
    await this.#noteSecrets(spec.as, jar)
    const visit = this.#understand(spec.as, answer, cookies, this.#built.runs() > before)
    this.#visits.push(visit)
    return visit
  }

  #jarOf(visitor: string): CookieJar {
    const jar = this.#jars.get(visitor)
    if (jar === undefined) throw new Error(`the scenario has no visitor ${visitor}`)
    return jar
  }

  #headersOf({ headers = {}, csrf }: RequestSpec, jar: CookieJar): Record<string, string> {
    const token = csrf === undefined ? undefined : this.#visits[csrf]?.body?.shows.csrf
    const cookie = jar.header
    return {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, this.#withTags(value)])),
      ...(token === undefined ? {} : { [CSRF_HEADER]: String(token) }),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    }
  }

  /** `{etag:2}` stands for the ETag of response 2. */
  #withTags(value: string): string {
    return value.replace(/\{etag:(\d+)\}/g, (_, index) =>
      String(this.#visits[Number(index)]?.answer.response.headers.etag),
    )
  }

  async #noteSecrets(visitor: string, jar: CookieJar): Promise<void> {
    const token = jar.get(CSRF_COOKIE)
    if (token !== undefined) this.#owners.give(visitor, token)
    const session = jar.get(SESSION_COOKIE)
    if (session === undefined) return
    // Two visitors with the same data have the same cookie where it holds the data.
    if (this.#engine === 'cache') this.#owners.give(visitor, session)
    for (const secret of await this.#built.sessions.secretsOf(session)) this.#owners.give(visitor, secret)
  }

  #understand(as: string, answer: Answer, cookies: readonly SetCookie[], ran: boolean): Visit {
    const body = bodyOf(answer)
    const shows = body === undefined ? null : this.#owners.described(body.shows)
    const isForeign = (owner: string | undefined): boolean => owner !== undefined && owner !== as
    const given = cookies.filter(({ value = '' }) => isForeign(this.#owners.ownerOfSecret(value)))
    return {
      answer,
      ran,
      cookies,
      body,
      shows,
      bodyOf: body === undefined ? null : (this.#requestOf.get(body.run) ?? null),
      foreign: [
        ...this.#owners.namesOf(shows ?? {}, isForeign),
        ...given.map(({ name }) => `Set-Cookie ${name}`),
      ],
      isOwn: this.#owners.namesOf(shows ?? {}, (owner) => owner === as).length > 0,
    }
  }
}

function bodyOf({ response, body }: Answer): ViewBody | undefined {
  if (body.length === 0 || !String(response.headers['content-type']).includes('json')) return undefined
  const isGzip = response.headers['content-encoding'] === 'gzip'
  return JSON.parse((isGzip ? tryGunzip(body) : body).toString())
}
