import type { Reason } from '@sitecache/http'
import type { FieldWriter } from '../inputs/index.js'

/** Fate of the last response to a URL. */
export interface LastRender {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly result: 'miss' | 'unstorable'
  readonly reason?: Reason | undefined
  readonly status: number
  /** Field that says so, with the value that does: `Cache-Control: private`. Cookies by name. */
  readonly field?: string | undefined
  /** Code that wrote that field, in development. */
  readonly by?: FieldWriter | undefined
  /** Code that wrote fields by which responses are kept or chosen, in development. */
  readonly writers: readonly FieldWriter[]
  /** `explain` itself has asked for it, and it is not stored. */
  readonly isTrial: boolean
}

/** URLs whose last render is remembered. */
const MAX_URLS = 500
/** Characters: of a longer key nothing is remembered. */
const MAX_KEY = 500

/** Fates of the last responses, for the URLs that were asked for last. */
export class LastRenders {
  readonly #renders = new Map<string, LastRender>()

  /** @param recordKey key of the URL's vary record */
  get(recordKey: string): LastRender | undefined {
    return this.#renders.get(recordKey)
  }

  note(recordKey: string, render: LastRender): void {
    if (recordKey.length > MAX_KEY) return
    this.#renders.delete(recordKey)
    this.#renders.set(recordKey, render)
    const [oldest] = this.#renders.keys()
    if (this.#renders.size > MAX_URLS && oldest !== undefined) this.#renders.delete(oldest)
  }
}
