import { SettingsError } from '../errors.js'
import { type CheckedOptions, checkOptions, type OptionParser, type OptionSchema } from './check-options.js'

/**
 * Reads options from a URL's query string, checked against the schema of the same options in code.
 *
 * A value is a string, or else the number, the boolean (`true`, `1` or nothing; `false`, `0`) or
 * the null that it spells: the first that its parser allows. So a table named 2024 stays a string,
 * and `max_entries=400` is a number.
 *
 * @param query names in camelCase or snake_case.
 * @param path names the options in errors, such as `redisStore()`.
 * @throws SettingsError as `checkOptions` does.
 *
 * @example
 * export const storeFromUrl: StoreFromUrl = (url, { query }) =>
 *   myStore(url.hostname, optionsFromQuery(query, { timeoutMs: wholeNumber(1) }, 'myStore()'))
 */
export function optionsFromQuery<S extends OptionSchema>(
  query: Readonly<Record<string, string>>,
  schema: S,
  path: string,
): CheckedOptions<S> {
  const spelt = Object.fromEntries(Object.entries(schema).map(([name, parse]) => [name, spelling(parse)]))
  const named = Object.entries(query).map(([name, value]) => [camelCase(name), value])
  return checkOptions(Object.fromEntries(named), spelt, path) as CheckedOptions<S>
}

/** Converts a name of a query string, such as `max_entries`, to that of the option. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z])/gi, (_, letter: string) => letter.toUpperCase())
}

/** Makes a parser of strings: it tries the string, then each value that the string spells. */
function spelling(parse: OptionParser<unknown>): OptionParser<unknown> {
  return (text, path) => {
    const values = typeof text === 'string' ? [text, ...meanings(text)] : [text]
    for (const value of values) {
      try {
        return parse(value, path)
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error
      }
    }
    // Throws the refusal of the value that was probably meant.
    return parse(values[1] ?? text, path)
  }
}

function meanings(text: string): unknown[] {
  const number = text.trim() === '' || Number.isNaN(Number(text)) ? [] : [Number(text)]
  const word = text.toLowerCase()
  const flag = ['true', '1', ''].includes(word) ? [true] : ['false', '0'].includes(word) ? [false] : []
  const nothing = ['null', 'none', ''].includes(word) ? [null] : []
  return [...number, ...flag, ...nothing]
}
