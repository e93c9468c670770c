import { SitecacheError } from '@sitecache/core'
import { HoleMarks, isPromise, type MaybePromise } from '@sitecache/core/internal'
import { HoleFilling } from './hole-filling.js'
import { InnermostWriter } from './innermost-writer.js'
import type { MarkedResponse } from './marked-response.js'

/**
 * Marks of one response. Its holes are filled from the first mark on: a response without marks
 * isn't scanned.
 */
export class ResponseMarks extends HoleMarks {
  readonly #marked: MarkedResponse
  readonly #innermost: InnermostWriter
  readonly #contents = new Map<string, MaybePromise<string>>()

  constructor(marked: MarkedResponse) {
    super()
    this.#marked = marked
    this.#innermost = new InnermostWriter(marked.res)
  }

  /**
   * Marks a hole.
   *
   * @throws SitecacheError also for the first hole of a page whose head is written: that head let
   *   caches share the page
   */
  override mark(name: string): string {
    if (!this.used) this.#begin(name)
    const mark = super.mark(name)
    // Fill at once: a change to the session must be known when the head, with its cookie, is
    // written.
    if (!this.#contents.has(name)) this.#fill(name)
    return mark
  }

  /** Returns the content of a marked hole. */
  contentOf(name: string): MaybePromise<string> {
    return this.#contents.get(name) ?? ''
  }

  #begin(name: string): void {
    const { res } = this.#marked
    if (res.headersSent) {
      throw new SitecacheError(
        `hole '${name}' is the first of a page whose head has been sent: mark a hole before the response is begun`,
      )
    }
    new HoleFilling(this.#marked, this, this.#innermost)
  }

  #fill(name: string): void {
    const content = this.#marked.fill(name)
    this.#contents.set(name, content)
    if (isPromise(content)) void content.then((text) => this.#contents.set(name, text))
  }
}
