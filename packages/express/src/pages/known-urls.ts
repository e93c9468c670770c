/** A URL of one origin. */
interface UrlOfOrigin {
  readonly scheme: string
  readonly host: string
  readonly url: string
}

/**
 * Remembers URLs by host and then by URL: a look-up by strings that are there costs less than
 * making one of them. Bounded, whatever hosts are invented: beyond it all is forgotten.
 */
export class KnownUrls<T extends UrlOfOrigin> {
  readonly #hosts = new Map<string, Map<string, T>>()
  readonly #limit: number
  #size = 0

  /** @param limit URLs that are remembered at the most */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Returns the entry of a URL; of its two schemes the one that was set last. */
  get(scheme: string, host: string, url: string): T | undefined {
    const known = this.#hosts.get(host)?.get(url)
    return known?.scheme === scheme ? known : undefined
  }

  set(known: T): void {
    if (this.#size >= this.#limit) this.#clear()
    const urls = this.#hosts.get(known.host) ?? new Map<string, T>()
    if (!urls.has(known.url)) this.#size += 1
    urls.set(known.url, known)
    this.#hosts.set(known.host, urls)
  }

  #clear(): void {
    this.#hosts.clear()
    this.#size = 0
  }
}
