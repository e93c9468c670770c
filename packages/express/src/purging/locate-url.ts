import type { PurgedUrl } from './purge-pages.js'

/** A URL as an application or an operator writes it. */
export interface WrittenUrl extends PurgedUrl {
  /** Undefined: a path. */
  readonly scheme: string | undefined
}

/**
 * Reads a URL as clients and browsers would: absolute or a path, with names of hosts in any script,
 * spaces, and letters beyond ASCII.
 *
 * @returns undefined for any other text
 */
export function locateUrl(url: string): WrittenUrl | undefined {
  const isPath = url.startsWith('/') && !url.startsWith('//')
  if (!isPath && !/^https?:\/\/[^/]/i.test(url)) return undefined
  try {
    const { protocol, host, pathname, search } = new URL(isPath ? `http://path${url}` : url)
    const written = pathname + search
    const path = asSent(url, isPath) ?? written
    return isPath
      ? { scheme: undefined, host: undefined, path, written }
      : { scheme: protocol.slice(0, -1), host, path, written }
  } catch {
    return undefined
  }
}

/**
 * Returns the target as a client sends it that changes nothing, for the pages of targets that a
 * browser would write otherwise.
 *
 * @returns undefined where no client can send it so
 */
function asSent(url: string, isPath: boolean): string | undefined {
  const [, rest = ''] = isPath ? ['', url] : (/^https?:\/\/[^/?#\\]*(.*)$/is.exec(url) ?? [])
  const target = rest.replace(/#.*$/s, '')
  if (!/^[!-~]*$/.test(target)) return undefined
  return target.startsWith('/') ? target : `/${target}`
}
