import { AsyncLocalStorage } from 'node:async_hooks'

/** Renders that follow one another: those of a page, or those within one of them. */
class Level {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => {})
    return turn
  }
}

/**
 * Lets the fragments of a page write one after the other, in the order of the calls. EJS and Eta
 * have one output per template: of fragments that a template awaits together, each would write into
 * the others. A fragment within another runs within its turn.
 */
export class RenderTurns {
  readonly #storage = new AsyncLocalStorage<Level>()
  readonly #page = new Level()

  run<T>(render: () => Promise<T>): Promise<T> {
    const level = this.#storage.getStore() ?? this.#page
    return level.take(() => this.#storage.run(new Level(), render))
  }
}
