import type { LookUp } from '../sample/look-up.js'
import { forEach, type Steps } from './steps.js'

/** Fate of a page until a look-up, as the look-ups before tell it. */
export interface Fate {
  /** Key of the page. */
  readonly key: number
  /** When the page was last seen in the cache; undefined: it was never, in this sample. */
  readonly seenAt?: number
  /** The page was gone before its time: purged, or evicted. */
  readonly isDropped: boolean
  /** The page had expired, and was asked for again. */
  readonly isExpired: boolean
  /** Body of the page that was there before, as a hash; 0: not known. */
  readonly before: number
  /** When that page was stored. */
  readonly storedAt?: number
}

export type FatesInOrder = readonly Fate[]

/** Page that the look-ups so far have shown. */
interface KnownPage {
  body: number
  storedAt: number
  expires: number
  seenAt: number
}

/** Returns what became of the page of each look-up until it came. */
export function* historyOf(lookUps: readonly LookUp[]): Steps<FatesInOrder> {
  const pages = new Map<number, KnownPage>()
  const fates: Fate[] = []
  yield* forEach(lookUps, (lookUp) => {
    const { key } = lookUp
    const page = pages.get(key)
    fates.push(fateOf(lookUp, key, page))
    note(pages, lookUp, key, page)
  })
  return fates
}

function fateOf(lookUp: LookUp, key: number, page: KnownPage | undefined): Fate {
  if (page === undefined) return { key, isDropped: false, isExpired: false, before: 0 }
  const isGone = !lookUp.isServed && lookUp.isRender
  const isOver = lookUp.at >= page.expires
  return {
    key,
    seenAt: page.seenAt,
    isDropped: isGone && !isOver && !lookUp.isOwn,
    isExpired: isGone && isOver && !lookUp.isOwn,
    before: page.body,
    storedAt: page.storedAt,
  }
}

function note(pages: Map<number, KnownPage>, lookUp: LookUp, key: number, page: KnownPage | undefined): void {
  const { at, body, ttl, result, isRender } = lookUp
  const isStored = result === 'miss' && isRender
  if (isStored || (page === undefined && lookUp.isServed))
    pages.set(key, {
      body: isStored ? body : 0,
      storedAt: at,
      expires: at + ttl * 1000,
      seenAt: at,
    })
  else if (page !== undefined && lookUp.isServed) {
    page.seenAt = at
    // It was freshened, or stored by another process.
    if (ttl > 0) page.expires = Math.max(page.expires, at + ttl * 1000)
  }
}
