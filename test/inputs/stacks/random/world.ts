import type { Store } from '@sitecache/core'
import { createCaches, invalidatePage, invalidateTags } from '@sitecache/express'
import { listen } from '../../../support/applications.js'
import { passSeconds } from '../../../support/clock.js'
import type { Fields } from '../../support/client.js'
import { type Asked, Connections, type Exchanged, keepCookies } from './exchange.js'
import { complaints, type Owners } from './oracle.js'
import { type PageState, tagOf } from './pages.js'
import { SharedCache } from './shared-cache.js'
import { build, pageCount, type StackSpec } from './stack.js'
import type { Step } from './steps.js'
import { fieldsOf, type Traits, type Visitor } from './visitors.js'

type Of<Does extends Step['does']> = Extract<Step, { does: Does }>

/** Visitor in the course of a run. */
interface Guest {
  readonly traits: Traits
  readonly jar: Map<string, string>
  user: string | undefined
}

let worlds = 0
const pathOf = (page: number, query?: string) => `/p${page}${query === undefined ? '' : `?q=${query}`}`
const noFields: Fields = {}

/** A stack that runs, and its visitors. */
export class World {
  readonly #spec: StackSpec
  readonly #guests: readonly Guest[]
  readonly #state: PageState = { versions: Array(pageCount).fill(0), failing: 0, turns: 0 }
  readonly #least: number[] = Array(pageCount).fill(0)
  readonly #owners: Owners = new Map()
  readonly #front = new SharedCache()
  readonly #caches
  #connections: Connections | undefined
  #closeServer = async () => {}
  hits = 0

  constructor(spec: StackSpec, traits: readonly Traits[], store: Store) {
    this.#spec = spec
    this.#guests = traits.map((one) => ({ traits: one, jar: new Map(), user: undefined }))
    worlds += 1
    this.#caches = createCaches({ default: { store, keyPrefix: `world-${worlds}` } })
  }

  async open(): Promise<void> {
    const { url, close } = await listen(build(this.#spec, this.#caches, this.#state))
    this.#closeServer = close
    this.#connections = new Connections(url)
  }

  async close(): Promise<void> {
    this.#connections?.close()
    await this.#closeServer()
    await this.#caches.close()
  }

  /** Takes one step, and returns the complaints about what visitors were given. */
  async take(step: Step): Promise<readonly string[]> {
    switch (step.does) {
      case 'get':
        return this.#get(step, [step.visitor])
      case 'crowd':
        return this.#get(step, step.visitors)
      case 'purge':
        await this.#purge(step)
        return []
      case 'later':
        passSeconds(step.seconds)
        return []
      case 'fail':
        this.#state.failing = step.renders
        return []
      case 'head':
        await this.#ask(this.#guest(step.visitor), 'HEAD', pathOf(step.page))
        return []
      case 'hang up':
        this.#hangUp(step)
        return []
      default:
        await this.#post(step)
        return []
    }
  }

  #guest(index: number): Guest {
    const guest = this.#guests[index]
    if (guest === undefined) throw new RangeError(`no visitor ${index}`)
    return guest
  }

  async #ask(guest: Guest, method: Asked['method'], path: string, more = noFields): Promise<Exchanged> {
    const connections = this.#connections
    if (connections === undefined) throw new Error('not open')
    const forward = async (asked: Asked) => {
      const answer = await connections.exchange(asked)
      keepCookies(guest.jar, answer)
      return answer
    }
    const asked = { method, path, fields: { ...fieldsOf(guest.traits, guest.jar), ...more } }
    return this.#spec.isBehind ? this.#front.exchange(asked, forward) : forward(asked)
  }

  async #get(step: Of<'get' | 'crowd'>, visitors: readonly number[]): Promise<readonly string[]> {
    const { page: index, query, fields } = step
    const least = this.#least[index] ?? 0
    const page = this.#spec.pages[index]
    if (page === undefined) throw new RangeError(`no page ${index}`)
    const has = (name: string) => this.#spec.middlewares.includes(name)
    const one = async (guest: Guest) => {
      const visitor: Visitor = { ...guest.traits, user: guest.user }
      const answer = await this.#ask(guest, 'GET', pathOf(index, query), fields)
      const status = String(answer.headers['cache-status'] ?? '')
      if (status.startsWith('sitecache; hit')) this.hits += 1
      const found = complaints(answer, { visitor, page, has, query, least }, this.#owners)
      return found.map((text) => `${text} (${answer.from}, ${answer.status}, ${status})`)
    }
    return (await Promise.all(visitors.map((visitor) => one(this.#guest(visitor))))).flat()
  }

  async #post({ does, visitor }: Of<'login' | 'logout' | 'flash'>): Promise<void> {
    const guest = this.#guest(visitor)
    const { name } = guest.traits
    const fields = { 'content-length': '0' }
    const { text } = await this.#ask(guest, 'POST', `/${does}?user=${name}`, fields)
    if (text !== 'ok' || does === 'flash') return
    guest.user = does === 'login' ? name : undefined
  }

  #hangUp({ visitor, page, milliseconds }: Of<'hang up'>): void {
    const { traits, jar } = this.#guest(visitor)
    const asked = { method: 'GET', path: pathOf(page), fields: fieldsOf(traits, jar) } as const
    this.#connections?.hangUp(asked, milliseconds)
  }

  /** A purge that the store refuses leaves what it will. */
  async #purge({ page, how, meanwhile }: Of<'purge'>): Promise<void> {
    const { versions } = this.#state
    versions[page] = (versions[page] ?? 0) + 1
    const after = [...versions]
    const purged = this.#purged(page, this.#spec.pages[page]?.isTagged ? how : how === 'tag' ? 'page' : how)
    const [outcome] = await Promise.allSettled([
      purged,
      meanwhile === undefined ? undefined : this.#ask(this.#guest(meanwhile), 'GET', pathOf(page)),
    ])
    if (outcome.status === 'rejected') return
    if (how === 'clear') this.#least.splice(0, pageCount, ...after)
    else this.#least[page] = after[page] ?? 0
  }

  async #purged(page: number, how: string): Promise<void> {
    const cache = this.#caches.get('default')
    if (how === 'clear') return cache.clear()
    if (how === 'tag') return invalidateTags(tagOf(page), { cache })
    const urls = [undefined, 'a', 'b'].map((query) => `http://site.example${pathOf(page, query)}`)
    await Promise.all(urls.map((url) => invalidatePage(url, { cache })))
  }
}
