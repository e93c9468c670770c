import type { InputSource, Page } from '@sitecache/http'

/** How a render ended, for the requests that wait for it. */
export type RenderOutcome =
  /**
   * A page that may be stored, by these names of what it depends on and their values in its
   * request.
   */
  | {
      readonly kind: 'page'
      readonly page: Page
      readonly names: readonly string[]
      readonly source: InputSource
    }
  /** The response may not be stored: it is for its own client only. */
  | { readonly kind: 'unstorable' }
  /** The handler or the connection failed. */
  | { readonly kind: 'failed' }
  /** The URL was purged, or another process was faster: it is to be looked up again. */
  | { readonly kind: 'changed' }
  /** It takes longer than a request may wait. */
  | { readonly kind: 'late' }

const late: RenderOutcome = { kind: 'late' }

/** How a render ended, for other processes; `lost`: the store did not take the page. */
export type SharedOutcome = RenderOutcome['kind'] | 'lost'

/** Keeps other processes from rendering the same page. */
export interface RenderLock {
  /** Whether no other process can have begun since. */
  readonly isHeld: boolean
  /** Whether a render has begun that ends it. */
  isInUse: boolean
  end(outcome: SharedOutcome): void
}

/**
 * Stands for the lock of a render that could not wait for one: other processes may have begun
 * since.
 */
export const UNLOCKED: RenderLock = { isHeld: false, isInUse: true, end() {} }

type Leave = (render: Render, outcome: RenderOutcome, waited: boolean) => void

/**
 * A render under way, for which all requests for its page wait. Whoever starts it finishes it,
 * however its exchange ends.
 */
export class Render {
  readonly began: number
  readonly #owner: object
  readonly #leave: Leave
  /** Undefined: no request has waited. */
  #waiters: Set<(outcome: RenderOutcome) => void> | undefined
  #lock: RenderLock | undefined
  #finished = false

  /**
   * @param began milliseconds since the epoch
   * @param owner the request for which it began
   */
  constructor(began: number, owner: object, leave: Leave) {
    this.began = began
    this.#owner = owner
    this.#leave = leave
  }

  /** A request that passes one layer twice must not wait for itself. */
  isOf(request: object): boolean {
    return this.#owner === request
  }

  /** Whether requests wait for it. */
  get isAwaited(): boolean {
    return this.#waiters !== undefined
  }

  /** Whether another process may have rendered the page since this render began. */
  get mayBeLate(): boolean {
    return this.#lock?.isHeld === false
  }

  /** Holds the lock under which the page is rendered; it ends with the render. */
  hold(lock: RenderLock): void {
    lock.isInUse = true
    this.#lock = lock
    if (this.#finished) lock.end('changed')
  }

  /** Tells the requests that wait, once; and by its lock other processes. */
  finish(outcome: RenderOutcome, shared: SharedOutcome = outcome.kind): void {
    if (this.#finished) return
    this.#finished = true
    const waiters = this.#waiters
    this.#waiters = undefined
    this.#leave(this, outcome, waiters !== undefined)
    this.#lock?.end(shared)
    for (const waiter of waiters ?? []) waiter(outcome)
  }

  /**
   * Waits for the end of the render.
   *
   * @param milliseconds the longest that the request waits
   * @param whenGone has a function called when the client of the request is gone; returns a
   *   function that stops that
   */
  wait(milliseconds: number, whenGone?: (leave: () => void) => () => void): Promise<RenderOutcome> {
    return new Promise((resolve) => {
      const leave = (): void => waiter(late)
      const timer = setTimeout(leave, milliseconds)
      const stop = whenGone?.(leave)
      this.#waiters ??= new Set()
      const waiters = this.#waiters
      const waiter = (outcome: RenderOutcome): void => {
        clearTimeout(timer)
        stop?.()
        waiters.delete(waiter)
        resolve(outcome)
      }
      waiters.add(waiter)
    })
  }
}

/**
 * How long requests don't wait for a page whose response may not be stored (hit-for-miss), in
 * milliseconds.
 */
export const HIT_FOR_MISS_MS = 10_000
const MAX_REMEMBERED = 5000

/** The renders under way in this process for the pages of one layer. */
export class Renders {
  readonly #underWay = new Map<string, Render>()
  /** Until when requests don't wait, by key. */
  readonly #unstorable = new Map<string, number>()

  /**
   * Returns the render to wait for; 'unstorable': waiting is of no use; undefined: there is none.
   *
   * @param patience milliseconds after which a render that hangs holds up no later request
   */
  find(key: string, now: number, patience: number): Render | 'unstorable' | undefined {
    const until = this.#unstorable.get(key)
    if (until !== undefined && until > now) return 'unstorable'
    const render = this.#underWay.get(key)
    return render !== undefined && now - render.began < patience ? render : undefined
  }

  /**
   * @param owner the request for which it begins
   * @param shared other processes may wait for it too */
  begin(key: string, now: number, owner: object, shared = false): Render {
    const render = new Render(now, owner, (finished, outcome, waited) => {
      // A render that was late has left its place to another.
      if (this.#underWay.get(key) === finished) this.#underWay.delete(key)
      if (outcome.kind === 'page') this.#unstorable.delete(key)
      // Only where a request waited in vain, or may have: a flood of unstorable pages leaves
      // nothing here.
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
