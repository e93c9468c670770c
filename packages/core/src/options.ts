import { inspect } from 'node:util'
import { SettingsError } from './errors.js'
import { redact } from './redact.js'
import { parseTimeout, type Timeout } from './timeout.js'

/** Answers a setting's value, made ready for use, or throws a SettingsError that names `path`. */
export type OptionParser<T> = (value: unknown, path: string) => T

/** Names of the options that there are, and what reads each. */
export type OptionSchema = Readonly<Record<string, OptionParser<unknown>>>

/** What `checkOptions` answers: each option that was given, as its parser answered it. */
export type CheckedOptions<S extends OptionSchema> = { -readonly [K in keyof S]?: ReturnType<S[K]> }

/**
 * Checks options against a schema; an option that is undefined counts as not given.
 *
 * @param path names the options in errors, such as `caches.default` or `cachePage()`.
 * @throws SettingsError for an unknown name (suggesting the nearest) or a value that its parser refuses.
 *
 * @example
 * const { seconds = 60 } = checkOptions(options, { seconds: wholeNumber(1) }, 'myStore()')
 */
export function checkOptions<S extends OptionSchema>(
  value: unknown,
  schema: S,
  path: string,
): CheckedOptions<S> {
  const checked: Record<string, unknown> = {}
  if (value === undefined) return checked as CheckedOptions<S>
  for (const [name, given] of Object.entries(optionsObject(value, path))) {
    const parse = Object.hasOwn(schema, name) ? schema[name] : undefined
    if (parse === undefined) throw unknownOption(name, Object.keys(schema), path)
    if (given !== undefined) checked[name] = parse(given, `${path}.${name}`)
  }
  return checked as CheckedOptions<S>
}

/**
 * Checks only the names of options, for calls that parse the values themselves.
 *
 * @throws SettingsError for an unknown name, and for a value that is no object of options.
 */
export function checkOptionNames(value: unknown, known: readonly string[], path: string): void {
  if (value === undefined) return
  for (const name in optionsObject(value, path))
    if (!known.includes(name)) throw unknownOption(name, known, path)
}

/** Returns an object of options; refuses a Date, Map, Promise or array, which would look like one without options. */
function optionsObject(value: unknown, path: string): object {
  const isObject = typeof value === 'object' && value !== null
  if (isObject && Object.prototype.toString.call(value) === '[object Object]') return value
  throw refusal(path, 'an object of options', value)
}

/** The error for a value that is not allowed: names the setting, what is allowed, and the value without credentials. */
export function refusal(path: string, allowed: string, value: unknown): SettingsError {
  return new SettingsError(`${path} must be ${allowed}; got ${redact(inspect(value, { depth: 1 }))}`)
}

function unknownOption(name: string, known: readonly string[], path: string): SettingsError {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return new SettingsError(`${path}.${name} is not an option.${hint} Allowed: ${known.join(', ')}`)
}

/** The known name that a misspelt one probably means: at most a third of its letters differ. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.replace(/[_-]/g, '').toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate))
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** A whole number of at least `least`. */
export function wholeNumber(least = Number.MIN_SAFE_INTEGER): OptionParser<number> {
  const allowed = least === Number.MIN_SAFE_INTEGER ? 'a whole number' : `a whole number of at least ${least}`
  return (value, path) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
    throw refusal(path, allowed, value)
  }
}

/** Longest wait that can be set, a day: Node's timers end at 2^31 - 1 ms, also for multiples of it. */
const MAX_MILLISECONDS = 86_400_000

/** Milliseconds that something may take: a whole number from `least` to a day. */
export function milliseconds(least = 1): OptionParser<number> {
  const parse = wholeNumber(least)
  return (value, path) => {
    if (parse(value, path) <= MAX_MILLISECONDS) return parse(value, path)
    throw refusal(path, `at most ${MAX_MILLISECONDS} milliseconds (a day)`, value)
  }
}

/** Any text. */
export const text: OptionParser<string> = (value, path) => {
  if (typeof value === 'string') return value
  throw refusal(path, 'a string', value)
}

/** True or false. */
export const flag: OptionParser<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value
  throw refusal(path, 'true or false', value)
}

/** A function; what it takes and answers is for the caller's types to say. */
export function func<F extends (...args: never[]) => unknown>(): OptionParser<F> {
  return (value, path) => {
    if (typeof value === 'function') return value as F
    throw refusal(path, 'a function', value)
  }
}

/** One of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): OptionParser<T> {
  return (value, path) => {
    const word = words.find((allowed) => allowed === value)
    if (word !== undefined) return word
    throw refusal(path, words.map((allowed) => `'${allowed}'`).join(' or '), value)
  }
}

/** A timeout, read into seconds or null. */
export const timeout: OptionParser<Exclude<Timeout, string>> = parseTimeout
