import { isRecoder } from './known-readers.js'

/** End of a response on its way from the handler through middlewares to a layer of cache. */
export class WrittenEnd {
  #isWritten = false
  /** Times that what came was another body than what had gone. */
  #changes = 0
  #mayDiffer = false
  #hasWrites = false
  #chunk: unknown
  /** The cache itself passes a body on, in other pieces. */
  #byCache = false

  /** Whether the handler has written its end. */
  get isWritten(): boolean {
    return this.#isWritten
  }

  /** Whether the body that has come so far may be another than the handler's. */
  get mayDiffer(): boolean {
    return this.#mayDiffer || this.#changes > 0
  }

  /** Count of the changes that the body was seen to have gone through so far. */
  get changes(): number {
    return this.#changes
  }

  /** @param given first argument of `end`, as the handler or a middleware calls it */
  passes(given: unknown): void {
    const chunk = typeof given === 'function' ? undefined : given
    const isSame = !this.#isWritten || this.#byCache || (chunk === this.#chunk && !this.#hasWrites)
    if (!isSame && !isRecoder()) this.#changes += 1
    // The handler's writes are not compared: compression may have got others, from a middleware.
    if (!isSame && this.#chunk === undefined) this.#mayDiffer = true
    this.#isWritten = true
    this.#hasWrites = false
    this.#chunk = chunk
  }

  /** A part of the body has come to a layer. */
  hasWrite(): void {
    if (this.#isWritten) this.#hasWrites = true
  }

  /** Runs what passes on the same body. */
  byCache(fn: () => void): void {
    this.#byCache = true
    try {
      fn()
    } finally {
      this.#byCache = false
    }
  }

  /** Holds nothing of the body any more. */
  forget(): void {
    this.#chunk = undefined
  }
}
