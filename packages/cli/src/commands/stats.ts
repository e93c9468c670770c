import type { StoreStats } from '@sitecache/core'
import { type CommandContext, connect, everyCache } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { aligned } from '../report.js'
import { storeBehind } from '../stores.js'

interface ReportedStats extends StoreStats {
  readonly cache: string
  readonly store: string
}

/** What each cache's store holds. What a server's process counted, hits and misses, is in that process. */
export async function stats({ caches, report }: CommandContext): Promise<ExitCode> {
  const all = await Promise.all(
    everyCache(caches).map(async (cache): Promise<ReportedStats> => {
      await connect(cache)
      const { entries, bytes } = await storeBehind(cache).stats()
      const known = {
        ...(entries === undefined ? {} : { entries }),
        ...(bytes === undefined ? {} : { bytes }),
      }
      return { cache: cache.alias, store: cache.store.name, ...known }
    }),
  )
  const rows = all.map(({ cache, store, entries, bytes }) => [cache, store, count(entries), count(bytes)])
  report.result({ caches: all }, aligned([['CACHE', 'STORE', 'ENTRIES', 'BYTES'], ...rows]))
  return exitCodes.ok
}

/** A store says what it can tell cheaply. */
function count(number: number | undefined): string {
  return number === undefined ? '-' : String(number)
}
