/**
 * Runs the changes of a key one after the other, in the order of the calls, within this process.
 */
export class KeyTurns {
  readonly #last = new Map<string, Promise<unknown>>()

  take<T>(name: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name)
    const turn = before === undefined ? run() : before.then(run, run)
    this.#last.set(name, turn)
    const leave = () => {
      if (this.#last.get(name) === turn) this.#last.delete(name)
    }
    turn.then(leave, leave)
    return turn
  }

  /** Returns whether this is the key's last turn. */
  isLast(name: string, turn: Promise<unknown>): boolean {
    return this.#last.get(name) === turn
  }

  /** Resolves when the turns so far have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values())
  }
}
