import { type HolePart, isPromise, type MaybePromise } from '@sitecache/core/internal'

/** Callback of a `write` or `end`. */
export type Written = (() => void) | undefined

/** Bytes to be sent, or the name of a hole; and the callback of the write that they end. */
interface Queued {
  readonly part: HolePart
  readonly written: Written
}

/** Parts of a response in their order, some of which wait for what fills them. */
export class FillQueue {
  readonly #contentOf: (name: string) => MaybePromise<string>
  readonly #queued: Queued[] = []
  #waiting = false

  constructor(contentOf: (name: string) => MaybePromise<string>) {
    this.#contentOf = contentOf
  }

  /** Whether the first part is a hole that was found to be not filled yet. */
  get isWaiting(): boolean {
    return this.#waiting
  }

  push(parts: readonly HolePart[], written: Written): void {
    const last = parts.length - 1
    for (const [i, part] of parts.entries())
      this.#queued.push({ part, written: i === last ? written : undefined })
  }

  clear(): void {
    this.#queued.length = 0
  }

  /** Returns what all parts come to. */
  contents(): MaybePromise<Buffer>[] {
    return this.#queued.map(({ part }) => this.#bytesOf(part))
  }

  /**
   * Sends parts up to the first hole that is not filled.
   *
   * @returns a promise of that hole, the first time that it is met
   */
  drain(send: (bytes: Buffer, written: Written) => void): Promise<void> | undefined {
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
