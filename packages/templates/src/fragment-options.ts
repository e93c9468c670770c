import type { Timeout } from '@sitecache/core'
import { checkOptions, flag, type OptionParser, parseTimeout, refusal, text } from '@sitecache/core/internal'
import { fragmentKey } from './fragment-key.js'

/** Options of a fragment. */
export interface FragmentOptions {
  /** Seconds, or a duration such as '15m'; null: never expires; 0 or less: not cached. */
  readonly timeout: Timeout
  readonly name: string
  /** Each list of values is a fragment of its own. @default none */
  readonly varyOn?: readonly unknown[] | null | undefined
  /** Tags: invalidating one drops the fragment and its containers. @default none */
  readonly tags?: readonly string[] | undefined
  /** Whether its containers (fragments, the page) may not outlive it. @default false */
  readonly lifetime?: boolean | undefined
}

/** Checked options. */
export interface ParsedFragment {
  readonly key: string
  /** Seconds; null: never expires. */
  readonly timeout: number | null
  readonly tags: readonly string[]
  readonly lifetime: boolean
}

const list: OptionParser<readonly unknown[] | null> = (value, path) => {
  if (value === null || Array.isArray(value)) return value
  throw refusal(path, 'an array of values, or null', value)
}

/** Parses tags: a text is one, an array several. */
export const tagList: OptionParser<readonly string[]> = (value, path) => {
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (Array.isArray(value) && value.every((tag) => typeof tag === 'string' && tag !== '')) return value
  throw refusal(path, 'an array of tags that are not empty', value)
}

const schema = { timeout: parseTimeout, name: text, varyOn: list, tags: tagList, lifetime: flag }

/**
 * Checks the options of a fragment.
 *
 * @throws SettingsError with the fragment, the option, its value and the allowed ones
 */
export function parseFragment(options: { readonly [K in keyof FragmentOptions]: unknown }): ParsedFragment {
  const path = typeof options?.name === 'string' ? `fragment '${options.name}'` : 'fragment'
  const { name, timeout, varyOn, tags = [], lifetime = false } = checkOptions(options, schema, path)
  // Required: a missing timeout or an undefined variable is a mistake, not the cache's default.
  if (timeout === undefined)
    throw refusal(`${path}.timeout`, "seconds, a duration such as '15m', or null", timeout)
  if (name === undefined) throw refusal(`${path}.name`, 'a text', name)
  return { key: fragmentKey(name, varyOn), timeout, tags, lifetime }
}
