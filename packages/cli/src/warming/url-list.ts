import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { SettingsError } from '@sitecache/core'
import { redact } from '@sitecache/core/internal'

/** Options of a list of URLs. */
export interface UrlListOptions {
  /** Base of paths. */
  readonly base: URL | undefined
  readonly maxUrls: number
}

/**
 * Reads URLs, one a line; empty lines and those that begin with `#` are skipped.
 *
 * @param name the file, for errors
 * @throws SettingsError for a file that can't be read, a line that is no URL, and more than
 * `maxUrls`
 */
export async function readUrlList(
  source: Readable,
  name: string,
  { base, maxUrls }: UrlListOptions,
): Promise<readonly string[]> {
  const urls = new Set<string>()
  for (const [i, each] of (await textOf(source, name)).split(/\r?\n/).entries()) {
    const line = each.trim()
    if (line === '' || line.startsWith('#')) continue
    urls.add(urlOf(line, base, `${name}, line ${i + 1}`))
    if (urls.size > maxUrls)
      throw new SettingsError(`${name} holds more than ${maxUrls} URLs: --max-urls allows more`)
  }
  return [...urls]
}

async function textOf(source: Readable, name: string): Promise<string> {
  try {
    return await text(source)
  } catch (error) {
    throw new SettingsError(`${name} can't be read: ${Reflect.get(Object(error), 'code')}`, { cause: error })
  }
}

function urlOf(line: string, base: URL | undefined, place: string): string {
  if (base === undefined && line.startsWith('/'))
    throw new SettingsError(`${place}: a path needs --base, such as --base https://example.com`)
  return httpUrl(line, place, base).href
}

/**
 * Parses an http or https URL; credentials belong in headers.
 *
 * @throws SettingsError that names the place, and shows no password
 */
export function httpUrl(text: string, place: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new SettingsError(
      `${place} must be an http or https URL, such as https://example.com/a; got '${redact(text)}'`,
    )
  if (url.username !== '' || url.password !== '')
    throw new SettingsError(`${place} must hold no user or password: give --header 'Authorization: …'`)
  url.hash = ''
  return url
}
