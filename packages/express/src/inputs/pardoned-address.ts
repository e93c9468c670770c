import type { LookUpPlace } from './inputs-watch.js'
import { asksForTrust, NEXT, pardonedReader } from './known-readers.js'

/**
 * Reads of the client's address that show on no page: packages that count or log, and frameworks
 * that ask for it on each request. What these keep of it is told by a look at X-Forwarded-For.
 */
export class PardonedAddress {
  /** `taken`: a framework holds the address, and may show it. */
  #state: 'unread' | 'asked' | 'taken' = 'unread'

  /** Next.js asks for X-Forwarded-For, and puts the client's address there where it is absent. */
  nextAsks(): void {
    this.#state = 'asked'
  }

  /** Is the read of the moment one of these? */
  isPardoned(place: LookUpPlace, by: 'accessor' | undefined): boolean {
    if (by === undefined && asksForTrust()) {
      this.#state = 'taken'
      return true
    }
    if (place === 'below' && this.#state === 'unread') return false
    const reader = pardonedReader()
    if (reader === NEXT) this.#state = 'taken'
    return reader === NEXT || (place === 'top' && reader !== undefined)
  }

  /** How a read of X-Forwarded-For counts; `address`: it may show what a framework holds. */
  ofForwardedFor(): 'counts' | 'pardoned' | 'address' {
    if (this.#state !== 'taken') return 'counts'
    return asksForTrust() ? 'pardoned' : 'address'
  }
}
