import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { type Answer, ask } from '@sitecache/test-support/ask'
import { type RedisServer, startRedis, until } from '@sitecache/test-support/servers/redis'
import { type Behaviour, type SiteProcess, startSites } from '@sitecache/test-support/site-process'

/** For URLs: a machine that is busy starting processes answers late. */
export const PATIENT = '/?timeout_ms=5000'

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** The different bodies of answers, or statuses where these are not 200. */
export const bodies = (answers: readonly Answer[]): ReadonlySet<string> =>
  new Set(answers.map(({ status, body }) => (status === 200 ? body : `${status}`)))

/** Has a process begin to render a page, and answers what comes of it there. */
export async function lead(site: SiteProcess, path: string): Promise<{ readonly answer: Promise<Answer> }> {
  const before = site.renders
  const answer = ask(site.url(path))
  answer.catch(() => undefined)
  await until(() => site.renders > before)
  return { answer }
}

/** Four processes with one site, which lock their pages in one Redis: for a test file. */
export class FourSites {
  sites: readonly SiteProcess[] = []
  #server: RedisServer | undefined
  #pages = 0

  constructor() {
    beforeAll(async () => {
      this.#server = await startRedis()
      this.sites = await startSites(4, this.url, { lock: true })
    })
    afterAll(async () => {
      await Promise.all(this.sites.map((site) => site.end()))
      await this.#server?.stop()
    })
    afterEach(() => this.behave({ ms: 0, as: 'page', headers: {} }))
  }

  /** Of the Redis, for who waits for it patiently. */
  get url(): string {
    return `${this.#server?.url}${PATIENT}`
  }

  get first(): SiteProcess {
    const [first] = this.sites
    if (first === undefined) throw new Error('they are started before a test')
    return first
  }

  /** A page that nobody has asked for. */
  newPage(): string {
    this.#pages += 1
    return `/page${this.#pages}`
  }

  async behave(behaviour: Behaviour): Promise<void> {
    await Promise.all(this.sites.map((site) => site.behave(behaviour)))
  }

  /** Asks for a page so many times, the processes in turn. */
  ask(path: string, count: number, headers: (i: number) => Record<string, string> = () => ({})) {
    return Promise.all(times(count, (i) => ask(this.sites[i % 4]?.url(path) ?? '', headers(i))))
  }

  /** Asks each but the first for a page, so many times. */
  askOthers(path: string, count: number): Promise<Answer>[] {
    return this.sites.slice(1).flatMap((site) => times(count, () => ask(site.url(path))))
  }
}
