import { type CommandContext, everyCache, strictly } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'

/** Drops everything of one cache, or of all. */
export async function clear(
  { caches, report }: CommandContext,
  { cache: alias = 'default', all = false }: { readonly cache?: string; readonly all?: boolean },
): Promise<ExitCode> {
  const chosen = all ? everyCache(caches) : [caches.get(alias)]
  for (const cache of chosen) await strictly(cache, () => cache.clear())
  const cleared = chosen.map((cache) => cache.alias)
  report.result({ cleared }, [`cleared ${cleared.join(', ')}`])
  return exitCodes.ok
}
