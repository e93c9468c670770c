import type { Cache } from '@sitecache/core'
import type { ExchangeEvent } from '@sitecache/http'

/** The exchanges of a cache, as they are told. */
export interface Heard {
  readonly events: ExchangeEvent[]
  /** Resolves once so many have been told. */
  count(n: number): Promise<readonly ExchangeEvent[]>
}

export function hear(cache: Cache): Heard {
  const events: ExchangeEvent[] = []
  let check = (): void => {}
  cache.on('exchange', (detail) => {
    events.push(detail as unknown as ExchangeEvent)
    check()
  })
  return {
    events,
    count: (n) =>
      new Promise((resolve) => {
        check = () => {
          if (events.length >= n) resolve(events)
        }
        check()
      }),
  }
}

/** Results and reasons, in the order in which they were told. */
export function words(events: readonly ExchangeEvent[]): readonly string[] {
  return events.map(({ result, reason, purpose }) =>
    [purpose, result, reason].filter((word) => word !== undefined).join(' '),
  )
}
