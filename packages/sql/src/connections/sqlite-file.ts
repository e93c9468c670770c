/** Path of a drive of Windows behind the slash that a URL has in front of it. */
const ON_DRIVE = /^\/(?=[a-z]:[\\/])/i

/**
 * Returns the file that a `sqlite:` URL names.
 *
 * @returns undefined: it names none, as 'sqlite://cache.db', which looks like a file and is a host
 */
export function sqliteFile(url: URL, platform: NodeJS.Platform = process.platform): string | undefined {
  const file = decoded(url.pathname)
  if (url.host !== '' || file === undefined || file === '' || file === '/') return undefined
  return platform === 'win32' ? file.replace(ON_DRIVE, '') : file
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
