import type { StoreStats } from '@sitecache/core'
import { type CommandContext, connect, everyCache } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { aligned } from '../report.js'
import { storeBehind } from '../stores.js'

interface ReportedStats extends StoreStats {
  readonly cache: string
  readonly store: string
}

/** Prints the contents of each cache's store. Hits and misses are counted in a server's process. */
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

/** Formats a number; stores leave out what is expensive to count. */
function count(number: number | undefined): string {
  return number === undefined ? '-' : String(number)
}
