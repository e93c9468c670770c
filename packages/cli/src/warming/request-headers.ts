import { validateHeaderName, validateHeaderValue } from 'node:http'
import { SettingsError } from '@sitecache/core'

/**
 * Parses headers, each in a line such as `Accept-Language: de`.
 *
 * @throws SettingsError for another form or a repeated name; it shows no values, which may be
 * credentials
 */
export function requestHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const [i, line] of lines.entries()) {
    const [, name, value] = /^([^\s:]+):(.*)$/s.exec(line) ?? []
    if (name === undefined || value === undefined || !isHeader(name, value.trim()))
      throw new SettingsError(`--header must be such as 'Accept-Language: de'; number ${i + 1} is not`)
    const lower = name.toLowerCase()
    if (Object.hasOwn(headers, lower))
      throw new SettingsError(`--header gives ${name} twice: give it once, with all values`)
    headers[lower] = value.trim()
  }
  return headers
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
