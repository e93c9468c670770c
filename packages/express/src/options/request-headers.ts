import { validateHeaderName, validateHeaderValue } from 'node:http'
import { SettingsError } from '@sitecache/core'
import { type OptionParser, refusal } from '@sitecache/core/internal'

/** Parses headers to lower-case names. Errors never show a value: it may be a credential. */
export const headers: OptionParser<Readonly<Record<string, string>>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(path, 'an object of request headers', typeof value)
  const lower: Record<string, string> = {}
  for (const [name, text] of Object.entries(value)) {
    if (!isHeader(name, text))
      throw new SettingsError(
        `${path} must be an object of request headers; that of the name '${name}' is none`,
      )
    lower[name.toLowerCase()] = String(text)
  }
  return lower
}

function isHeader(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, typeof value === 'string' ? value : '\n')
    return true
  } catch {
    return false
  }
}
