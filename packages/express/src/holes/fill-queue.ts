import { type HolePart, isPromise, type MaybePromise } from '@sitecache/core/internal'

/** Callback of a `write` or `end`. */
export type WriteCallback = (() => void) | undefined

/** Bytes to be sent or the name of a hole, with the callback of the write that it completes. */
interface Queued {
  readonly part: HolePart
  readonly written: WriteCallback
}

/** Parts of a response in their order, some of which wait for a hole's content. */
export class FillQueue {
  readonly #contentOf: (name: string) => MaybePromise<string>
  readonly #queued: Queued[] = []
  #waiting = false

  constructor(contentOf: (name: string) => MaybePromise<string>) {
    this.#contentOf = contentOf
  }

  /** Whether the first part is a hole whose content has not come yet. */
  get isWaiting(): boolean {
    return this.#waiting
  }

  push(parts: readonly HolePart[], written: WriteCallback): void {
    const last = parts.length - 1
    for (const [i, part] of parts.entries())
      this.#queued.push({ part, written: i === last ? written : undefined })
  }

  clear(): void {
    this.#queued.length = 0
  }

  /** Returns the contents of all parts. */
  contents(): MaybePromise<Buffer>[] {
    return this.#queued.map(({ part }) => this.#bytesOf(part))
  }

  /**
   * Sends parts up to the first hole without content.
   *
   * @returns promise of that hole's content, the first time that the queue stops at it
   */
  drain(send: (bytes: Buffer, written: WriteCallback) => void): Promise<void> | undefined {
    for (let next = this.#queued[0]; next !== undefined && !this.#waiting; next = this.#queued[0]) {
      const content = this.#bytesOf(next.part)
      if (isPromise(content)) {
        this.#waiting = true
        return content.then(() => {
          this.#waiting = false
        })
      }
      this.#queued.shift()
      send(content, next.written)
    }
    return undefined
  }

  #bytesOf(part: HolePart): MaybePromise<Buffer> {
    if (typeof part !== 'string') return part
    const content = this.#contentOf(part)
    return isPromise(content) ? content.then((text) => Buffer.from(text)) : Buffer.from(content)
  }
}
