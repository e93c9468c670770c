import type { HeaderMap, Page } from '@sitecache/http'

/** What came of a render that others may have waited for. */
export type RenderOutcome =
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

const late: RenderOutcome = { kind: 'late' }

/** What came of it to other processes. 'lost': the store would not have the page. */
export type SharedOutcome = RenderOutcome['kind'] | 'lost'

/** What keeps other processes from rendering the same page. */
export interface RenderLock {
  /** No other process can have begun since. */
  readonly isHeld: boolean
  /** A render has begun that ends it. */
  isInUse: boolean
  end(outcome: SharedOutcome): void
}

/** Of a render that could not wait for the lock, or longer for it: other processes may have begun since. */
export const UNLOCKED: RenderLock = { isHeld: false, isInUse: true, end() {} }

type Leave = (render: Render, outcome: RenderOutcome, waited: boolean) => void

/** One render under way, which all that ask for its page meanwhile wait for. */
export class Render {
  readonly began: number
  /** Its page is being kept: it will land. */
  settling = false
  readonly #leave: Leave
  #waiters: ((outcome: RenderOutcome) => void)[] | undefined
  #watch: ((landed: () => void) => void) | undefined
  #lock: RenderLock | undefined
  #finished = false

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
    if (this.#finished) lock.end('changed')
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
  finish(outcome: RenderOutcome, shared: SharedOutcome = outcome.kind): void {
    if (this.#finished) return
    this.#finished = true
    const waiters = this.#waiters
    this.#waiters = undefined
    this.#leave(this, outcome, waiters !== undefined)
    this.#lock?.end(shared)
    for (const waiter of waiters ?? []) waiter(outcome)
  }

  #beginWatch(): void {
    const watch = this.#watch
    this.#watch = undefined
    // Behind whatever the end of the response has to tell.
    watch?.(() => setImmediate(() => this.#gone()))
  }

  #gone(): void {
    if (!this.settling) this.finish({ kind: 'failed' })
  }

  /** @param milliseconds the longest that this one waits */
  wait(milliseconds: number): Promise<RenderOutcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(late), milliseconds)
      const told = (outcome: RenderOutcome): void => {
        clearTimeout(timer)
        resolve(outcome)
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
export class Renders {
  readonly #underWay = new Map<string, Render>()
  /** Until when nobody waits, by key. */
  readonly #unstorable = new Map<string, number>()

  /** The render to wait for; 'unstorable': not worth it; undefined: there is none. */
  find(key: string, now: number, patience: number): Render | 'unstorable' | undefined {
    const until = this.#unstorable.get(key)
    if (until !== undefined && until > now) return 'unstorable'
    const render = this.#underWay.get(key)
    // One that hangs must not hold up those who come later too.
    return render !== undefined && now - render.began < patience ? render : undefined
  }

  /** @param shared other processes may wait for it too */
  begin(key: string, now: number, shared = false): Render {
    const render = new Render(now, (landed, outcome, waited) => {
      // One that was late has left its place to another.
      if (this.#underWay.get(key) === landed) this.#underWay.delete(key)
      if (outcome.kind === 'page') this.#unstorable.delete(key)
      // Only where somebody waited in vain, or may have: a flood of pages that are nobody else's leaves nothing here.
      else if (outcome.kind === 'unstorable' && (waited || shared))
        this.#remember(key, Date.now() + HIT_FOR_MISS_MS)
    })
    this.#underWay.set(key, render)
    return render
  }

  #remember(key: string, until: number): void {
    if (this.#unstorable.size >= MAX_REMEMBERED) this.#unstorable.clear()
    this.#unstorable.set(key, until)
  }
}
