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
  /** It broke. */
  | { readonly kind: 'failed' }
  /** What is known of the URL has changed since it began, and is to be looked up again: it was purged, or another process was faster. */
  | { readonly kind: 'changed' }
  /** It takes longer than anyone may wait. */
  | { readonly kind: 'late' }

const late: Landing = { kind: 'late' }

/** What came of it to other processes. 'lost': the store would not have the page. */
export type Outcome = Landing['kind'] | 'lost'

/** What keeps other processes from rendering the same page. */
export interface RenderLock {
  /** No other process can have begun since. */
  readonly isHeld: boolean
  /** A render has begun that ends it. */
  isInUse: boolean
  end(outcome: Outcome): void
}

/** Of a render that could not wait for the lock, or longer for it: other processes may have begun since. */
export const UNLOCKED: RenderLock = { isHeld: false, isInUse: true, end() {} }

type Leave = (flight: Flight, landing: Landing, waited: boolean) => void

/** One render under way, which all that ask for its page meanwhile wait for. */
export class Flight {
  readonly began: number
  /** Its page is being kept: it will land. */
  settling = false
  readonly #leave: Leave
  #waiters: ((landing: Landing) => void)[] | undefined
  #watch: ((landed: () => void) => void) | undefined
  #lock: RenderLock | undefined
  #landed = false

  /** @param began milliseconds since the epoch */
  constructor(began: number, leave: Leave) {
    this.began = began
    this.#leave = leave
  }

  /** Whether another process may have rendered the page since this render began. */
  get mayBeLate(): boolean {
    return this.#lock?.isHeld === false
  }

  /** The lock under which the page is rendered; it ends when this lands. */
  hold(lock: RenderLock): void {
    lock.isInUse = true
    this.#lock = lock
    // Its client has hung up while the lock was waited for.
    if (this.#landed) lock.end('changed')
    else this.#beginWatch()
  }

  /** Has somebody told when the response is gone, however it went; asked only if somebody waits, here or elsewhere. */
  watch(watch: (gone: () => void) => void): void {
    this.#watch = watch
  }

  /** Its page is being kept, which takes its time: that the response is gone says nothing any more. */
  settle(): void {
    this.settling = true
  }

  /** Tells those who wait, once; and by its lock other processes. */
  land(landing: Landing, outcome: Outcome = landing.kind): void {
    if (this.#landed) return
    this.#landed = true
    const waiters = this.#waiters
    this.#waiters = undefined
    this.#leave(this, landing, waiters !== undefined)
    this.#lock?.end(outcome)
    for (const waiter of waiters ?? []) waiter(landing)
  }

  #beginWatch(): void {
    const watch = this.#watch
    this.#watch = undefined
    // Behind whatever the end of the response has to tell.
    watch?.(() => setImmediate(() => this.#gone()))
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
      this.#beginWatch()
    })
  }
}

/** How long, in milliseconds, nobody waits for a page that was found to be nobody else's. */
export const HIT_FOR_MISS_MS = 10_000
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

  /** @param shared other processes may wait for it too */
  begin(key: string, now: number, shared = false): Flight {
    const flight = new Flight(now, (landed, landing, waited) => {
      // One that was late has left its place to another.
      if (this.#underWay.get(key) === landed) this.#underWay.delete(key)
      if (landing.kind === 'page') this.#unstorable.delete(key)
      // Only where somebody waited in vain, or may have: a flood of pages that are nobody else's leaves nothing here.
      else if (landing.kind === 'unstorable' && (waited || shared))
        this.#remember(key, Date.now() + HIT_FOR_MISS_MS)
    })
    this.#underWay.set(key, flight)
    return flight
  }

  #remember(key: string, until: number): void {
    if (this.#unstorable.size >= MAX_REMEMBERED) this.#unstorable.clear()
    this.#unstorable.set(key, until)
  }
}
