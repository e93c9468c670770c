import { fileURLToPath } from 'node:url'
import { refusal } from '@sitecache/core/store'

/** A store's directory, and the options of its URL. */
export interface ParsedDirectory {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

/**
 * Parses a directory: a path or a `file:` URL.
 *
 * @throws SettingsError for another URL, and for a text that is no path
 */
export function parseDirectory(directory: unknown): ParsedDirectory {
  if (directory instanceof URL) return parseUrl(directory)
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw refusal("fileStore()'s directory", "a path such as '/var/cache/site'", directory)
  }
  // A scheme of one letter is a drive of Windows.
  if (/^(file:|[a-z][a-z0-9+.-]+:\/\/)/i.test(directory) && URL.canParse(directory))
    return parseUrl(new URL(directory))
  return { path: directory, query: {} }
}

function parseUrl(url: URL): ParsedDirectory {
  const plain = new URL(url)
  plain.search = ''
  plain.hash = ''
  try {
    if (plain.protocol === 'file:' && plain.pathname.length > 1)
      return { path: fileURLToPath(plain), query: Object.fromEntries(url.searchParams) }
  } catch {
    // The error below tells of a host or an encoded slash.
  }
  throw refusal('the URL of a file store', "of this machine, such as 'file:///var/cache/site'", plain.href)
}
