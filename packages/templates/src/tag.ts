import type { Cache, Caches } from '@sitecache/core'
import { checkOptions, flag, refusal } from '@sitecache/core/internal'
import { fragmentCache } from './fragment-cache.js'
import { type ParsedFragment, parseFragment, tagList } from './fragment-options.js'

/** What stands in a tag: `{% cache timeout, name, …varyOn, using=… %}`. */
export interface Tag {
  readonly positional: readonly unknown[]
  readonly named: Readonly<Record<string, unknown>>
}

/** A tag that was read. */
export interface TagFragment {
  readonly cache: Cache
  readonly fragment: ParsedFragment
}

const named = { using: (value: unknown) => value, tags: tagList, lifetime: flag }

/**
 * What a tag asks for.
 *
 * @throws SettingsError naming the fragment and what is wrong; UnknownCacheError for an alias that is not configured
 */
export function readTag({ positional, named: given }: Tag, caches: Caches): TagFragment {
  const [timeout, name, ...varyOn] = positional
  const path = `fragment '${String(name)}'`
  // An option that is written counts, even if its variable is undefined: another cache than the one meant is no answer.
  for (const [option, value] of Object.entries(given))
    if (value === undefined) throw refusal(`${path}.${option}`, 'defined', value)
  const { using, ...options } = checkOptions(given, named, path)
  const fragment = parseFragment({ ...options, timeout, name, varyOn })
  return { cache: fragmentCache(caches, using, name), fragment }
}
