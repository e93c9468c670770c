/** Notes what the page of one request depends on. */
export interface ReadTarget {
  /** The input of this name was read. */
  note(name: string): void
  /** A value was used whose inputs were not watched while it was computed. */
  noteUnknown(): void
}

/** Tells which targets watch a request at the moment. */
export interface ReadObserver {
  /** @returns undefined: no request at all is watched, so that nothing need be remembered */
  targetsOf(request: object): readonly ReadTarget[] | undefined
  /** Could this object be watched? One that is no request is read through requests that are. */
  isRequest(object: object): boolean
  /** Runs the function of a hole, which may leave on the request what it computed. */
  runHole<T>(request: object, fn: () => T): T
}

/**
 * Inputs of one computation. A value that is computed once and used in several places depends, in
 * each of them, on what its computation read: also on what it reads after the value was handed out,
 * where that is a promise.
 */
export class ReadLog {
  readonly #names = new Set<string>()
  /**
   * Watches that have seen a read of the computation: its users where the request itself is not
   * known.
   */
  readonly #readers = new Set<ReadTarget>()
  readonly #users = new Set<ReadTarget>()
  readonly #outer = new Set<ReadLog>()
  #isUnknown = false

  /**
   * Adds a read that `target` has seen.
   *
   * @param tell runs what tells the users of the value, outside any hole
   */
  add(target: ReadTarget, name: string, tell: (fn: () => void) => void): void {
    this.#readers.add(target)
    if (this.#names.has(name)) return
    this.#names.add(name)
    if (this.#users.size > 0) tell(() => this.#tellUsers(name))
    for (const outer of this.#outer) outer.add(target, name, tell)
  }

  /** Adds the inputs, known and to come, of a value that the computation uses. */
  include(inner: ReadLog, tell: (fn: () => void) => void): void {
    if (inner === this || inner.#outer.has(this)) return
    inner.#outer.add(this)
    if (inner.#isUnknown) this.includeUnknown()
    for (const target of inner.#readers) for (const name of inner.#names) this.add(target, name, tell)
  }

  /** Adds a value whose inputs were not watched. */
  includeUnknown(): void {
    if (this.#isUnknown) return
    this.#isUnknown = true
    for (const user of this.#users) user.noteUnknown()
    for (const outer of this.#outer) outer.includeUnknown()
  }

  /**
   * Notes the inputs, known and to come, as read by the page of each target, and of each that saw a
   * read.
   */
  useBy(targets: readonly ReadTarget[]): void {
    for (const target of new Set([...targets, ...this.#readers])) this.#useBy(target)
  }

  #useBy(target: ReadTarget): void {
    this.#users.add(target)
    if (this.#isUnknown) target.noteUnknown()
    for (const name of this.#names) target.note(name)
  }

  #tellUsers(name: string): void {
    for (const user of this.#users) user.note(name)
  }
}
