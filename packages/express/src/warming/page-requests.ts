import { outcomeOfError, type PageOutcome } from './page-outcome.js'
import type { PageRequester } from './page-requester.js'

/** The requests of one warm-up: each ends in time, and all can be ended at once. */
export class PageRequests {
  readonly #requester: PageRequester
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeoutMs: number
  readonly #running = new Set<AbortController>()
  #ended = false

  constructor(requester: PageRequester, headers: Readonly<Record<string, string>>, timeoutMs: number) {
    this.#requester = requester
    this.#headers = headers
    // Longest delay of a timer; a longer one would fire at once.
    this.#timeoutMs = Math.min(timeoutMs, 2 ** 31 - 1)
  }

  /** Requests a page. @returns undefined when the warm-up was ended */
  async request(url: URL): Promise<PageOutcome | undefined> {
    if (this.#ended) return undefined
    const controller = new AbortController()
    const late = Object.assign(new Error('It took too long'), { code: 'timeout' })
    const timer = setTimeout(() => controller.abort(late), this.#timeoutMs)
    this.#running.add(controller)
    try {
      return await this.#requester.request({ url, headers: this.#headers, signal: controller.signal })
    } catch (error) {
      if (this.#ended) return undefined
      return outcomeOfError(controller.signal.aborted ? late : error)
    } finally {
      clearTimeout(timer)
      this.#running.delete(controller)
    }
  }

  end(): void {
    this.#ended = true
    for (const controller of this.#running) controller.abort()
    this.#requester.close()
  }
}
