import { isRecoder } from './known-readers.js'

/** How far a body had come. */
export interface EndMark {
  readonly chunk: unknown
  readonly hasWrites: boolean
}

/** End of a response on its way from the handler through middlewares to a layer of cache. */
export class WrittenEnd {
  #isWritten = false
  #isChanged = false
  #hasWrites = false
  #chunk: unknown

  /** Whether the handler has written its end. */
  get isWritten(): boolean {
    return this.#isWritten
  }

  /** Whether the body that has come so far may be another than the handler's. */
  get isChanged(): boolean {
    return this.#isChanged
  }

  /** Marks how the body is now, for `isOtherSince`. */
  mark(): EndMark {
    return { chunk: this.#chunk, hasWrites: this.#hasWrites }
  }

  /** Whether what comes now may be another body than at the mark. It may cost a stack. */
  isOtherSince(mark: EndMark): boolean {
    return (this.#chunk !== mark.chunk || this.#hasWrites !== mark.hasWrites) && !isRecoder()
  }

  /** @param given first argument of `end`, as the handler or a middleware calls it */
  passes(given: unknown): void {
    const chunk = typeof given === 'function' ? undefined : given
    const isSame = !this.#isWritten || (chunk === this.#chunk && !this.#hasWrites)
    if (!isSame && !this.#isChanged) this.#isChanged = this.#isStream() || !isRecoder()
    this.#isWritten = true
    this.#chunk = chunk
  }

  /** A part of the body has come to a layer. */
  hasWrite(): void {
    if (this.#isWritten) this.#hasWrites = true
  }

  /** Writes of the handler before its end are not compared: they may have come late, changed. */
  #isStream(): boolean {
    return this.#chunk === undefined && this.#hasWrites
  }

  /** Holds nothing of the body any more. */
  forget(): void {
    this.#chunk = undefined
  }
}
