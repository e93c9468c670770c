import type { Request, Response } from 'express'
import { countIn, sessionOf } from './middlewares.js'
import { SESSION_ID, TOKEN } from './owners.js'
import type { Step } from './scenario.js'
import type { SessionEngine } from './session-engines.js'
import { left, needed } from './visitor-request.js'

/** One run of a view. */
export interface ViewRun {
  readonly req: Request
  readonly res: Response
  readonly sessions: SessionEngine
  /** Values that the body shows. */
  readonly shows: Record<string, unknown>
  /** Template that writes the body. */
  template: string | undefined
  /** The response has been sent. */
  isDone: boolean
}

type Act = (run: ViewRun, key: string, value: string) => unknown

const acts: Readonly<Record<string, Act>> = {
  session_get: ({ req, shows }, key) => Object.assign(shows, { [key]: sessionOf(req)[key] ?? null }),
  session_set: ({ req }, key, value) => Object.assign(sessionOf(req), { [key]: value }),
  session_count: ({ req, shows }, key) => Object.assign(shows, { [key]: countIn(sessionOf(req), key) }),
  session_flush: ({ req, res, sessions }) => sessions.end(req, res),
  session_id: ({ req, shows }) => Object.assign(shows, { [SESSION_ID]: left(req, 'sessionID') ?? null }),
  user: ({ req, shows }) => Object.assign(shows, { user: left(req, 'user')?.name ?? null }),
  is_authenticated: ({ req, shows }) => Object.assign(shows, { signedIn: left(req, 'user') !== undefined }),
  login: ({ req, sessions }) => sessions.renew(req, { userId: req.query.user }),
  logout: ({ req, res, sessions }) => sessions.end(req, res),
  login_required: (run, url) => left(run.req, 'user') === undefined && redirect(run, url),
  csrf_token: ({ req, shows }) => Object.assign(shows, { [TOKEN]: needed(req, 'csrfToken').call(req) }),
  message_add: ({ req }, message) => needed(req, 'messages').add(message),
  messages_show: ({ req, shows }) => Object.assign(shows, { messages: needed(req, 'messages').take() }),
  cookie_get: ({ req, shows }, key) => Object.assign(shows, { [key]: needed(req, 'cookies')[key] ?? null }),
  cookie_header: ({ req, shows }, key) => Object.assign(shows, { [key]: rawCookie(req, key) }),
  header_get: ({ req, shows }, key) => Object.assign(shows, { [key]: req.get(key) ?? null }),
  host: ({ req, shows }) => Object.assign(shows, { host: req.host }),
  language: ({ req, shows }) => Object.assign(shows, { language: left(req, 'language') ?? null }),
  passed: ({ req, shows }) => Object.assign(shows, { passed: left(req, 'passed') ?? null }),
  template: (run, name) => {
    run.template = name
    // Django's context processor of the token is asked by the template that shows it.
    if (name === 'csrf') run.shows[TOKEN] = needed(run.req, 'csrfToken').call(run.req)
  },
  set_cookie: ({ res }, name, value) => res.cookie(name, value),
  redirect,
  status: ({ res }, status) => res.status(Number(status)),
}

/** Carries out one step of a view; `{v}` is the query's `v`. */
export async function carryOut([name, ...args]: Step, run: ViewRun): Promise<void> {
  const act = acts[name]
  if (act === undefined) throw new Error(`the scenario has an unknown step ${name}`)
  const [key = '', value = ''] = args.map((arg) =>
    String(arg).replaceAll('{v}', () => String(run.req.query.v)),
  )
  await act(run, key, value)
}

function redirect(run: ViewRun, url: string): void {
  run.isDone = true
  run.res.writeHead(302, { Location: url }).end()
}

function rawCookie(req: Request, key: string): string | null {
  const pair = (req.headers.cookie ?? '').split('; ').find((text) => text.startsWith(`${key}=`))
  return pair?.slice(key.length + 1) ?? null
}
