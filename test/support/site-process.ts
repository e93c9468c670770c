import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { SiteOptions } from '@sitecache/express'
import { programFolder } from './workspace.js'

/** How the handler of a process answers. */
export interface Behaviour {
  /** Milliseconds that a render takes. */
  readonly ms?: number
  /** @default 'page' */
  readonly as?: 'page' | 'private' | 'error' | 'hang'
  /** Headers of its responses. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Pages tell their process and render, and the X-Kind of the request. */
const PROGRAM = `
import { once } from 'node:events'
import { createCaches, siteCache } from '@sitecache/express'
import express from 'express'
const { store, options } = JSON.parse(process.env.SITE)
const caches = createCaches({ default: store })
const cache = caches.get('default')
let errors = 0
cache.on('error', () => { errors += 1 })
let behaviour = { ms: 0, as: 'page', headers: {} }
let renders = 0
const app = express().use(siteCache({ caches, ...options }))
app.get('/:name', (req, res, next) => {
  const render = ++renders
  const { ms, as, headers } = behaviour
  process.send({ renders })
  if (as === 'hang') return
  setTimeout(() => {
    if (as === 'error') return next(new Error('render ' + render))
    if (as === 'private') res.set('Cache-Control', 'private')
    res.set(headers).send([process.pid, render, req.get('X-Kind') ?? ''].join(' '))
  }, ms)
})
app.use((error, req, res, next) => res.status(500).send('failed'))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('message', async (message) => {
  if (message.behaviour) behaviour = { ...behaviour, ...message.behaviour }
  if (message.end) {
    server.close()
    server.closeAllConnections()
    // What is being kept is kept; closing alone would leave it.
    await caches.idle()
    await caches.close()
    process.disconnect()
    return
  }
  process.send({ done: message.id, errors })
})
process.on('disconnect', () => process.exit())
process.send({ port: server.address().port })
`

interface Message {
  readonly port?: number
  readonly renders?: number
  readonly done?: number
  readonly errors?: number
}

/** A process of its own with a site behind its cache. */
export class SiteProcess {
  /** Runs of its handler so far. */
  renders = 0
  /** 'error' events of its cache, as of the last `behave`. */
  errors = 0
  readonly #child: ChildProcess
  readonly #answers = new Map<number, () => void>()
  #port = 0
  #id = 0

  /** @param store a URL */
  constructor(store: string, options: SiteOptions) {
    this.#child = spawn(
      process.execPath,
      ['--input-type=module', '--unhandled-rejections=strict', '-e', PROGRAM],
      {
        cwd: programFolder,
        env: { ...process.env, NODE_ENV: 'production', SITE: JSON.stringify({ store, options }) },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    )
    this.#child.on('message', (message: Message) => this.#hear(message))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Of one of its pages. */
  url(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`
  }

  /** Waits for its port, however long a busy machine takes to start a process. */
  async ready(): Promise<this> {
    if (this.#port > 0) return this
    await Promise.race([once(this.#child, 'message'), once(this.#child, 'exit')])
    if (this.#port === 0) throw new Error(`The process of a site ended with ${this.#child.exitCode}`)
    return this
  }

  /** Changes how it answers from now on. */
  async behave(behaviour: Behaviour): Promise<void> {
    const id = ++this.#id
    const done = new Promise<void>((resolve) => this.#answers.set(id, resolve))
    this.#child.send({ id, behaviour })
    await done
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  /** Has it keep what it is about to, and closes its caches; answers its exit code, null if it was killed. */
  async end(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      if (this.#child.connected) this.#child.send({ end: true }, () => undefined)
      await exited
    }
    return this.#child.exitCode
  }

  #hear({ port, renders, done, errors }: Message): void {
    if (port !== undefined) this.#port = port
    if (renders !== undefined) this.renders = renders
    if (errors !== undefined) this.errors = errors
    if (done !== undefined) this.#answers.get(done)?.()
  }
}

/** Starts so many processes with the same site over one store. */
export function startSites(count: number, store: string, options: SiteOptions): Promise<SiteProcess[]> {
  return Promise.all(Array.from({ length: count }, () => new SiteProcess(store, options).ready()))
}

/** Runs of their handlers, all told. */
export function rendersOf(sites: readonly SiteProcess[]): number {
  return sites.reduce((sum, { renders }) => sum + renders, 0)
}
