import type { Cache, Caches } from '@sitecache/core'
import { checkOptions, flag, refusal } from '@sitecache/core/internal'
import { fragmentCache } from './fragment-cache.js'
import { type ParsedFragment, parseFragment, tagList } from './fragment-options.js'

/** Arguments of a tag: `{% cache timeout, name, …varyOn, using=… %}`. */
export interface Tag {
  readonly positional: readonly unknown[]
  readonly named: Readonly<Record<string, unknown>>
}

/** A parsed tag. */
export interface TagFragment {
  readonly cache: Cache
  readonly fragment: ParsedFragment
}

const named = { using: (value: unknown) => value, tags: tagList, lifetime: flag }

/**
 * Parses a tag's arguments.
 *
 * @throws SettingsError with the fragment and the fault; UnknownCacheError for an alias that is not
 * configured
 */
export function readTag({ positional, named: given }: Tag, caches: Caches): TagFragment {
  const [timeout, name, ...varyOn] = positional
  const path = `fragment '${String(name)}'`
  // An undefined variable is an error: it must not select another cache than the one meant.
  for (const [option, value] of Object.entries(given))
    if (value === undefined) throw refusal(`${path}.${option}`, 'defined', value)
  const { using, ...options } = checkOptions(given, named, path)
  const fragment = parseFragment({ ...options, timeout, name, varyOn })
  return { cache: fragmentCache(caches, using, name), fragment }
}
