import { inspect } from 'node:util'
import { type CommandContext, strictly } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'

/** Marks a miss; no stored value is this symbol. */
const MISS = Symbol('miss')

/** Prints the value of a key. */
export async function get(
  { caches, report }: CommandContext,
  key: string,
  { cache: alias = 'default', keyVersion }: { readonly cache?: string; readonly keyVersion?: number },
): Promise<ExitCode> {
  const cache = caches.get(alias)
  const options = keyVersion === undefined ? {} : { version: keyVersion }
  const value = await strictly(cache, () => cache.get<unknown>(key, { ...options, default: MISS }))
  if (value === MISS) {
    report.result({ found: false }, [])
    report.note(`sitecache: there is no such key in cache ${alias}`)
    return exitCodes.failed
  }
  report.result({ found: true, value }, [typeof value === 'string' ? value : shown(value)])
  return exitCodes.ok
}

function shown(value: unknown): string {
  return inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null })
}
