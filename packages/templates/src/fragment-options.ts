import type { Timeout } from '@sitecache/core'
import { checkOptions, flag, type OptionParser, parseTimeout, refusal, text } from '@sitecache/core/internal'
import { fragmentKey } from './fragment-key.js'

/** What a fragment is called, what it varies on, and how long it lives. */
export interface FragmentOptions {
  /** Seconds, or a duration such as '15m'; null: never expires; 0 or less: not cached. */
  readonly timeout: Timeout
  readonly name: string
  /** Each list of values is a fragment of its own. @default none */
  readonly varyOn?: readonly unknown[] | null | undefined
  /** Invalidating one of them drops the fragment, and what contains it. @default none */
  readonly tags?: readonly string[] | undefined
  /** Whether what contains it (fragments, the page) may not outlive it. @default false */
  readonly lifetime?: boolean | undefined
}

/** Options that were checked. */
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

/** A text is one tag; an array, several. */
export const tagList: OptionParser<readonly string[]> = (value, path) => {
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (Array.isArray(value) && value.every((tag) => typeof tag === 'string' && tag !== '')) return value
  throw refusal(path, 'an array of tags that are not empty', value)
}

const schema = { timeout: parseTimeout, name: text, varyOn: list, tags: tagList, lifetime: flag }

/**
 * The options of a fragment, checked.
 *
 * @throws SettingsError naming the fragment, the option, its value and what is allowed
 */
export function parseFragment(options: { readonly [K in keyof FragmentOptions]: unknown }): ParsedFragment {
  const path = typeof options?.name === 'string' ? `fragment '${options.name}'` : 'fragment'
  const { name, timeout, varyOn, tags = [], lifetime = false } = checkOptions(options, schema, path)
  // Not the cache's own: a template that names no timeout, or an undefined variable, is a mistake.
  if (timeout === undefined)
    throw refusal(`${path}.timeout`, "seconds, a duration such as '15m', or null", timeout)
  if (name === undefined) throw refusal(`${path}.name`, 'a text', name)
  return { key: fragmentKey(name, varyOn), timeout, tags, lifetime }
}
