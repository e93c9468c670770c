import { inspect } from 'node:util'
import { SettingsError } from '../errors.js'
import { redact } from '../util/redact.js'
import { warnOfMilliseconds } from './milliseconds-warning.js'
import { parseTimeout, type Timeout } from './timeout.js'

/**
 * Returns the value of a setting, ready for use; throws a SettingsError that names `path` for any
 * other.
 */
export type OptionParser<T> = (value: unknown, path: string) => T

/** Parsers of options, by name. */
export type OptionSchema = Readonly<Record<string, OptionParser<unknown>>>

/** Result of `checkOptions`: each given option, as its parser returned it. */
export type CheckedOptions<S extends OptionSchema> = { -readonly [K in keyof S]?: ReturnType<S[K]> }

/**
 * Checks options against a schema; an option that is undefined counts as not given.
 *
 * @param path names the options in errors, such as `caches.default` or `cachePage()`.
 * @throws SettingsError for an unknown name (suggesting the nearest) or a value that its parser
 * refuses.
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
  for (const name in optionsObject(value, path)) {
    if (!known.includes(name)) throw unknownOption(name, known, path)
  }
}

/**
 * Returns an object of options. Refuses a Date, Map, Promise or array: each would look like an
 * object without options.
 */
function optionsObject(value: unknown, path: string): object {
  const isObject = typeof value === 'object' && value !== null
  if (isObject && Object.prototype.toString.call(value) === '[object Object]') return value
  throw refusal(path, 'an object of options', value)
}

/**
 * Makes the error for a bad value: it names the setting, what is allowed, and the value without
 * credentials.
 */
export function refusal(path: string, allowed: string, value: unknown): SettingsError {
  return new SettingsError(`${path} must be ${allowed}; got ${redact(inspect(value, { depth: 1 }))}`)
}

function unknownOption(name: string, known: readonly string[], path: string): SettingsError {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return new SettingsError(`${path}.${name} is not an option.${hint} Allowed: ${known.join(', ')}`)
}

/**
 * Finds the known name that a misspelt one probably means: at most a third of its letters differ.
 */
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

/** Makes a parser of whole numbers of at least `least`. */
export function wholeNumber(least = Number.MIN_SAFE_INTEGER): OptionParser<number> {
  const allowed = least === Number.MIN_SAFE_INTEGER ? 'a whole number' : `a whole number of at least ${least}`
  return (value, path) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
    throw refusal(path, allowed, value)
  }
}

/** Longest wait in milliseconds that can be set, a day: timers of Node end at 2^31 - 1 ms. */
const MAX_MILLISECONDS = 86_400_000

/** Makes a parser of waits in milliseconds: whole numbers from `least` to a day. */
export function milliseconds(least = 1): OptionParser<number> {
  const parse = wholeNumber(least)
  return (value, path) => {
    const wait = parse(value, path)
    if (wait <= MAX_MILLISECONDS) return wait
    throw refusal(path, `at most ${MAX_MILLISECONDS} milliseconds (a day)`, value)
  }
}

/** Parser of strings. */
export const text: OptionParser<string> = (value, path) => {
  if (typeof value === 'string') return value
  throw refusal(path, 'a string', value)
}

/** Parser of booleans. */
export const flag: OptionParser<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value
  throw refusal(path, 'true or false', value)
}

/**
 * Makes a parser of functions; their parameters and results are only known to the caller's types.
 */
export function func<F extends (...args: never[]) => unknown>(): OptionParser<F> {
  return (value, path) => {
    if (typeof value === 'function') return value as F
    throw refusal(path, 'a function', value)
  }
}

/** Makes a parser of one of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): OptionParser<T> {
  return (value, path) => {
    const word = words.find((allowed) => allowed === value)
    if (word !== undefined) return word
    throw refusal(path, words.map((allowed) => `'${allowed}'`).join(' or '), value)
  }
}

/**
 * Parser of timeouts: seconds or null. Warns of numbers that look like milliseconds;
 * `parseTimeout`, for timeouts of single values, does not.
 */
export const timeout: OptionParser<Exclude<Timeout, string>> = (value, path) => {
  warnOfMilliseconds(value, path)
  return parseTimeout(value, path)
}
