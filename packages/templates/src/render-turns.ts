import { AsyncLocalStorage } from 'node:async_hooks'

/** Renders that follow one another: those of a page, or those within one of them. */
class Level {
  readonly page: RenderTurns
  /** Level within which it was rendered, of this page or of another one. */
  readonly outer: Level | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(page: RenderTurns, outer?: Level) {
    this.page = page
    this.outer = outer
  }

  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => {})
    return turn
  }
}

// One for all pages: before Node 24 a process keeps each storage that was ever used, and every
// promise that it makes takes longer by each of them.
const storage = new AsyncLocalStorage<Level>()

/**
 * Lets the fragments of a page write one after the other, in the order of the calls. EJS and Eta
 * have one output per template: of fragments that a template awaits together, each would write into
 * the others. A fragment within another runs within its turn.
 */
export class RenderTurns {
  readonly #first = new Level(this)

  run<T>(render: () => Promise<T>): Promise<T> {
    const current = storage.getStore()
    return this.#levelIn(current).take(() => storage.run(new Level(this, current), render))
  }

  /** Returns this page's own level: a fragment may render another page. */
  #levelIn(current: Level | undefined): Level {
    for (let level = current; level !== undefined; level = level.outer) if (level.page === this) return level
    return this.#first
  }
}
