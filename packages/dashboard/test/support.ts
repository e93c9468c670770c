import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Cache, type Caches, createCaches, memoryStore, siteCache } from '@sitecache/express'
import { toldOutcome } from '@sitecache/http'
import { memberFile } from '@sitecache/test-support/child'
import express, { type Express } from 'express'
import { makeDashboard } from '../src/dashboard.js'
import type { Dashboard, DashboardOptions } from '../src/index.js'
import { columnsOf } from '../src/shared/ratios.js'
import type { State } from '../src/shared/state.js'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Header by which the tests' operator is known. */
export const OPERATOR = { 'x-operator': 'yes' } as const

/** Options of a site of a test. */
export interface BoardOptions extends Partial<DashboardOptions> {
  readonly now?: () => number
  /** Stands above all else. */
  readonly before?: (app: Express) => void
}

/** A site behind its cache, with its dashboard at `/cache`, below the cache. */
export function boardSite({ now = () => Date.now(), before, ...options }: BoardOptions = {}): {
  app: Express
  board: Dashboard
  cache: Cache
  caches: Caches
} {
  const caches = createCaches({ default: { store: memoryStore() } })
  const authorize = (req: IncomingMessage) => req.headers['x-operator'] === 'yes'
  const board = makeDashboard({ caches, authorize, ...options }, now)
  const app = express()
  before?.(app)
  app.use(siteCache({ caches, timeout: 600 }))
  app.use('/cache', board)
  app.get('/page/:id', (req, res) => void res.send(`page ${req.params.id}`))
  app.get('/private', (_req, res) => void res.set('Cache-Control', 'private').send('mine'))
  return { app, board, caches, cache: caches.get('default') }
}

/** A response, read to its end. */
export interface Told {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Asks a server, over a connection of its own. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body?: string,
): Promise<Told> {
  const outgoing = request(url, { method, headers, agent: false }).end(body)
  const [res] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: res.statusCode ?? 0, headers: res.headers, body: await text(res) }
}

/** A session of the operator's browser. */
export async function openSession(url: string): Promise<Readonly<Record<string, string>>> {
  const page = await ask(`${url}/cache/`, OPERATOR)
  const cookie = String(page.headers['set-cookie']).split(';', 1)[0] ?? ''
  const session = JSON.parse((await ask(`${url}/cache/api/session`, { ...OPERATOR, cookie })).body)
  const type = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  return { ...OPERATOR, ...type, cookie, 'sitecache-token': session.token }
}

export async function stateOf(url: string): Promise<State> {
  const { status, body } = await ask(`${url}/cache/api/state`, OPERATOR)
  if (status !== 200) throw new Error(`status ${status}`)
  return JSON.parse(body)
}

/** Requests since the start by result, those with none left out. */
export function resultsIn({ windows }: State): Readonly<Record<string, number>> {
  const { savedMs, cacheBytes, handlerBytes, ...results } = columnsOf(windows.all)
  return Object.fromEntries(Object.entries(results).filter(([, count]) => count > 0))
}

/** Requests pages of servers in turn, several at a time; returns how many had which result. */
export async function load(
  urls: readonly string[],
  requests: number,
): Promise<Readonly<Record<string, number>>> {
  const told: Record<string, number> = {}
  let next = 0
  const visit = async (): Promise<void> => {
    for (let i = next++; i < requests; i = next++) {
      const path = i % 7 === 0 ? '/private' : `/page/${i % 13}`
      const { headers } = await ask(`${urls[i % urls.length]}${path}`)
      const outcome = toldOutcome(String(headers['cache-status'] ?? ''), Number(headers.age ?? 0))
      const result = outcome?.result ?? 'none'
      told[result] = (told[result] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 4 }, visit))
  return told
}

/** What a member is: its store, its bus, and how many workers it has. */
export interface MemberSettings {
  readonly store: string
  readonly bus?: string
  readonly workers?: number
}

const member = await memberFile(`${here}member.mjs`)

/** A process of its own with a site and a dashboard; see member.mjs. */
export class Member {
  readonly #child: ChildProcess
  #port = 0

  constructor(settings: MemberSettings) {
    this.#child = spawn(process.execPath, [member], {
      cwd: here,
      env: { ...process.env, NODE_ENV: 'production', MEMBER: JSON.stringify(settings) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  }

  async ready(): Promise<this> {
    const [{ port }] = await once(this.#child, 'message')
    this.#port = port
    return this
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Kills it, or one of its workers. */
  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  killWorker(): void {
    this.#child.send({ kill: true })
  }

  /** Ends it in order. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    // A primary has no other end than that of its channel.
    this.#child.send({ end: true }, () => this.#child.disconnect())
    await exited
  }
}

export function startMembers(count: number, settings: MemberSettings): Promise<Member[]> {
  return Promise.all(Array.from({ length: count }, () => new Member(settings).ready()))
}
