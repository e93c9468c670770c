import { fork } from 'node:child_process'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll } from '@jest/globals'
import { root } from './workspace.js'

/** URLs of the programs of each document, by its name without folder and ending. */
type Programs = Readonly<Record<string, readonly (string | undefined)[]>>

const host = join(root, 'test/support/documents/host.mjs')

async function start(documents: readonly string[]): Promise<{ urls: Programs; stop(): void }> {
  const child = fork(host, [...documents], { env: { ...process.env, NODE_ENV: 'test' } })
  const answer = await new Promise<{ urls?: Programs; error?: string }>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the programs ended with ${code}`)))
  })
  if (answer.urls === undefined) throw new Error(answer.error)
  return { urls: answer.urls, stop: () => child.kill() }
}

/**
 * Runs the programs of documents, all in one process, for the tests of a file. Answers where a program is found: the
 * n-th of a document.
 */
export function runDocuments(documents: readonly string[]): (name: string, index?: number) => string {
  let started: Awaited<ReturnType<typeof start>> | undefined
  beforeAll(async () => {
    started = await start(documents)
  })
  afterAll(() => started?.stop())
  return (name, index = 0) => {
    const url = started?.urls[name]?.[index]
    if (url === undefined) throw new Error(`no program ${index} of ${name} listens`)
    return url
  }
}

/** Response as a recipe is looked at. */
export interface Seen {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
  /** Cache-Status. */
  readonly cache: string
}

interface Question {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

function send(url: URL, { method, headers, body }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, resolve).on('error', reject)
    asked.end(body)
  })
}

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** A browser with cookies, and fields that it sends with each request. */
export class Browser {
  readonly #cookies = new Map<string, string>()

  constructor(
    readonly base: string,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {}

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
    return this.#ask(path, { method: 'GET', headers })
  }

  /** Puts a text. */
  put(path: string, body = ''): Promise<Seen> {
    return this.#ask(path, { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body })
  }

  /** Posts a form. */
  post(path: string, form: Readonly<Record<string, string>> = {}): Promise<Seen> {
    return this.#ask(path, { method: 'POST', headers: formType, body: String(new URLSearchParams(form)) })
  }

  async #ask(path: string, question: Question): Promise<Seen> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie !== '' && { Cookie: cookie }), ...this.fields, ...question.headers }
    const response = await send(new URL(path, this.base), { ...question, headers })
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    return {
      status: response.statusCode ?? 0,
      body: await text(response),
      headers: response.headers,
      cache: String(response.headers['cache-status'] ?? ''),
    }
  }
}

export const isHit = /^sitecache; hit; ttl=\d+$/
export const isStored = /^sitecache; fwd=(?:uri|vary)-miss; stored(?:; ttl=\d+)?$/
