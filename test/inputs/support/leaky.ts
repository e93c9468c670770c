import type { RequestListener } from 'node:http'
import { afterEach, expect } from '@jest/globals'
import type { Store } from '@sitecache/core'
import { type Caches, createCaches, memoryStore } from '@sitecache/express'
import { listen } from '../../support/applications.js'
import { undoAll } from '../../support/undo.js'
import { assemble, type Order, orders, type Parts, type SiteSettings } from './application.js'
import { type Answer, Client, type Fields, isHit } from './client.js'

/** Visitor with a name, by what they send or by what they did before. */
export interface Person {
  /** Text that stands on this visitor's pages and on nobody else's; absent where they are told nothing of their own. */
  readonly mark?: string
  readonly fields?: Fields
  /** Signs in, fills a cart, … */
  readonly begin?: (client: Client) => Promise<unknown>
}

/** Handler that shows each visitor something else, with the packages that make it do so. */
export interface Leaky {
  readonly name: string
  /** Makes the application anew, with stores of its own. */
  readonly make: () => Parts | Promise<Parts>
  readonly a: Person
  readonly b: Person
  /** What clients without an identity send. */
  readonly stranger?: Fields
  /** Orders in which the second request of such clients must be a hit. @default all */
  readonly hits?: readonly Order[]
  /** Text that is new in each response (a salted token): compared by its presence. */
  readonly token?: RegExp
  /** Path that accepts the token of the visitor's own page, which is then never another's, by the field `X-CSRF-Token`. */
  readonly accepts?: string
  /** Whether an answer agrees with itself, such as a nonce with its policy. */
  readonly agrees?: (answer: Answer) => boolean
}

export type Whose = 'a' | 'b' | 'stranger'

const closing: (() => unknown)[] = []
afterEach(() => undoAll(closing))

export type Trial = Omit<SiteSettings, 'caches'> & { readonly store?: Store }

/** One application twice, with the cache and without. Each request goes to both, and both must say the same. */
export class Twins {
  readonly #leaky: Leaky
  readonly #trial: Trial
  readonly #caches: Caches
  readonly #people = new Map<Whose, readonly [Client, Client]>()
  readonly #tokens = new Map<string, string>()
  #urls: readonly [string, string] = ['', '']
  #strangers = 0
  #path = '/page'
  /** Requests that have come in at the application with the cache. */
  arrived = 0

  private constructor(leaky: Leaky, trial: Trial) {
    this.#leaky = leaky
    this.#trial = trial
    this.#caches = createCaches({ default: { store: trial.store ?? memoryStore() } })
  }

  static async start(leaky: Leaky, trial: Trial): Promise<Twins> {
    const twins = new Twins(leaky, trial)
    closing.push(() => twins.#caches.close())
    const counted =
      (app: RequestListener): RequestListener =>
      (req, res) => {
        twins.arrived += 1
        return app(req, res)
      }
    const caches = twins.#caches
    const { gate: _gate, ...plain } = trial
    const parts = await made(leaky)
    twins.#path = parts.path ?? '/page'
    twins.#urls = [
      await served(counted(assemble(parts, { ...trial, caches }))),
      await served(assemble(await made(leaky), { ...plain, caches, order: 'none' })),
    ]
    for (const whose of ['a', 'b'] as const) await twins.#begin(whose)
    twins.arrived = 0
    return twins
  }

  /** Asks once; the answer is the visitor's own, and that of the application without a cache. */
  async ask(whose: Whose, query = ''): Promise<Answer> {
    const { answer, truth, client } = await this.#both(whose, query)
    await this.#caches.idle()
    this.#compare(whose, answer, truth)
    await this.#tryToken(whose, answer, client)
    return answer
  }

  /** As `ask`, for several at the same time; `meanwhile` runs once all have come in. */
  async askAtOnce(all: readonly Whose[], query: string, meanwhile: () => void): Promise<void> {
    const wanted = this.arrived + all.length
    const answers = all.map((whose) => this.#both(whose, query))
    while (this.arrived < wanted) await turn()
    for (let i = 0; i < 20; i += 1) await turn()
    meanwhile()
    for (const [i, { answer, truth, client }] of (await Promise.all(answers)).entries()) {
      const whose = all[i] ?? 'stranger'
      this.#compare(whose, answer, truth)
      await this.#tryToken(whose, answer, client)
    }
    await this.#caches.idle()
  }

  /** The second of two strangers is given the page of the first, where the application has one for all of them. */
  async expectShared(query = ''): Promise<void> {
    await this.ask('stranger', query)
    const second = await this.ask('stranger', query)
    if ((this.#leaky.hits ?? orders).includes(this.#trial.order as (typeof orders)[number]))
      expect([isHit(second), second.headers['cache-status']]).toEqual([true, expect.anything()])
  }

  idle(): Promise<void> {
    return this.#caches.idle()
  }

  async #begin(whose: 'a' | 'b'): Promise<void> {
    const { fields, begin } = this.#leaky[whose]
    const clients = [new Client(this.#urls[0], fields), new Client(this.#urls[1], fields)] as const
    for (const client of clients) await begin?.(client)
    this.#people.set(whose, clients)
  }

  async #both(whose: Whose, query: string) {
    const path = this.#path + query
    const [client, plain] = this.#people.get(whose) ?? this.#newcomers()
    const [answer, truth] = await Promise.all([client.get(path), plain.get(path)])
    return { answer, truth, client }
  }

  #newcomers(): readonly [Client, Client] {
    this.#strangers += 1
    const { stranger } = this.#leaky
    return [new Client(this.#urls[0], stranger), new Client(this.#urls[1], stranger)]
  }

  #compare(whose: Whose, answer: Answer, truth: Answer): void {
    expect({ whose, ...this.#shown(answer) }).toEqual({ whose, ...this.#shown(truth) })
    const { a, b, agrees } = this.#leaky
    const others = (['a', 'b'] as const)
      .filter((other) => other !== whose)
      .map((other) => ({ a, b })[other].mark)
    // Without signed session ids: random letters spell a short name now and then.
    const whole = JSON.stringify([answer.text, answer.headers]).replaceAll(/s%3A[^;"]+/g, '')
    for (const mark of others) if (mark !== undefined) expect(whole).not.toContain(mark)
    if (agrees !== undefined) expect(agrees(answer)).toBe(true)
    this.#expectOwnToken(whose === 'stranger' ? `stranger ${this.#strangers}` : whose, answer)
  }

  #shown({ status, headers, text }: Answer): object {
    const { token } = this.#leaky
    const steady = token === undefined ? text : text.replace(token, 'TOKEN')
    const { location, 'content-type': type, 'access-control-allow-origin': origin } = headers
    return { status, type, location, origin, text: steady }
  }

  #expectOwnToken(owner: string, { text }: Answer): void {
    const token = this.#leaky.token?.exec(text)?.[0]
    if (token === undefined || this.#leaky.accepts === undefined) return
    expect(this.#tokens.get(token) ?? owner).toBe(owner)
    this.#tokens.set(token, owner)
  }

  async #tryToken(whose: Whose, { text }: Answer, client: Client): Promise<void> {
    const { accepts, token } = this.#leaky
    const own = token?.exec(text)?.[0]
    if (accepts === undefined || own === undefined) return
    const { status } = await client.post(accepts, { 'X-CSRF-Token': own })
    expect({ whose, status }).toEqual({ whose, status: 200 })
  }
}

async function made(leaky: Leaky): Promise<Parts> {
  const parts = await leaky.make()
  if (parts.close !== undefined) closing.push(parts.close)
  return parts
}

async function served(app: RequestListener): Promise<string> {
  const { url, close } = await listen(app)
  closing.push(close)
  return url
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
