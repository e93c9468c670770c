import type { Reason } from '@sitecache/http'
import type { FieldWriter } from '../inputs/field-writers.js'

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

/** URLs whose last render is remembered: these, and up to as many before them. */
const MAX_URLS = 250
/** Characters: of a longer key nothing is remembered. */
const MAX_KEY = 500

/**
 * Fates of the last responses, for the URLs that were asked for last. In two generations: to move
 * each URL to the end of one list takes longer than all else that is noted of a miss.
 */
export class LastRenders {
  #before = new Map<string, LastRender>()
  #now = new Map<string, LastRender>()

  /** @param recordKey key of the URL's vary record */
  get(recordKey: string): LastRender | undefined {
    return this.#now.get(recordKey) ?? this.#before.get(recordKey)
  }

  note(recordKey: string, render: LastRender): void {
    if (recordKey.length > MAX_KEY) return
    if (this.#now.size >= MAX_URLS && !this.#now.has(recordKey)) {
      this.#before = this.#now
      this.#now = new Map()
    }
    this.#now.set(recordKey, render)
  }
}
