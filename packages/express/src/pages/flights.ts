import type { HeaderMap, Page } from '@sitecache/http'

/** What came of a render that others may have waited for. */
export type Landing =
  /** A page was kept: for the request headers that chose it, by these names. */
  | {
      readonly kind: 'page'
      readonly page: Page
      readonly vary: readonly string[]
      readonly headers: HeaderMap
    }
  /** The response is nobody else's. */
  | { readonly kind: 'unstorable' }
  /** It broke, or was out of date before it was done. */
  | { readonly kind: 'failed' }
  /** It takes longer than anyone may wait. */
  | { readonly kind: 'late' }

const late: Landing = { kind: 'late' }

type Leave = (flight: Flight, landing: Landing, waited: boolean) => void

/** One render under way, which all that ask for its page meanwhile wait for. */
export class Flight {
  readonly began: number
  /** Its page is being kept: it will land. */
  settling = false
  readonly #leave: Leave
  #waiters: ((landing: Landing) => void)[] | undefined
  #watch: ((landed: () => void) => void) | undefined
  #landed = false

  /** @param began milliseconds since the epoch */
  constructor(began: number, leave: Leave) {
    this.began = began
    this.#leave = leave
  }

  /** Has somebody told when the response is gone, however it went; asked only if somebody waits. */
  watch(watch: (gone: () => void) => void): void {
    this.#watch = watch
  }

  /** Its page is being kept, which takes its time: that the response is gone says nothing any more. */
  settle(): void {
    this.settling = true
  }

  /** Tells those who wait, once. */
  land(landing: Landing): void {
    if (this.#landed) return
    this.#landed = true
    const waiters = this.#waiters
    this.#waiters = undefined
    this.#leave(this, landing, waiters !== undefined)
    for (const waiter of waiters ?? []) waiter(landing)
  }

  #gone(): void {
    if (!this.settling) this.land({ kind: 'failed' })
  }

  /** @param milliseconds the longest that this one waits */
  wait(milliseconds: number): Promise<Landing> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(late), milliseconds)
      const told = (landing: Landing): void => {
        clearTimeout(timer)
        resolve(landing)
      }
      if (this.#waiters !== undefined) {
        this.#waiters.push(told)
        return
      }
      this.#waiters = [told]
      // Behind whatever the end of the response has to tell.
      this.#watch?.(() => setImmediate(() => this.#gone()))
    })
  }
}

/** How long, in milliseconds, nobody waits for a page that was found to be nobody else's. */
const HIT_FOR_MISS_MS = 10_000
const MAX_REMEMBERED = 5000

/** The renders under way in this process for one layer's pages. */
export class Flights {
  readonly #underWay = new Map<string, Flight>()
  /** Until when nobody waits, by key. */
  readonly #unstorable = new Map<string, number>()

  /** The render to wait for; 'unstorable': not worth it; undefined: there is none. */
  find(key: string, now: number, patience: number): Flight | 'unstorable' | undefined {
    const until = this.#unstorable.get(key)
    if (until !== undefined && until > now) return 'unstorable'
    const flight = this.#underWay.get(key)
    // One that hangs must not hold up those who come later too.
    return flight !== undefined && now - flight.began < patience ? flight : undefined
  }

  begin(key: string, now: number): Flight {
    const flight = new Flight(now, (landed, landing, waited) => {
      // One that was late has left its place to another.
      if (this.#underWay.get(key) === landed) this.#underWay.delete(key)
      if (landing.kind === 'page') this.#unstorable.delete(key)
      // Only where somebody waited in vain: a flood of pages that are nobody else's leaves nothing here.
      else if (landing.kind === 'unstorable' && waited) this.#remember(key, Date.now() + HIT_FOR_MISS_MS)
    })
    this.#underWay.set(key, flight)
    return flight
  }

  #remember(key: string, until: number): void {
    if (this.#unstorable.size >= MAX_REMEMBERED) this.#unstorable.clear()
    this.#unstorable.set(key, until)
  }
}
