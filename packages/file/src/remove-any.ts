import { lstat, rename, rmdir, unlink } from 'node:fs/promises'
import { presence } from './disk.js'
import { codeOf } from './error-code.js'
import { whenFree } from './held.js'

/**
 * Removes a file, a link or an empty folder.
 *
 * @throws system errors: for a file that can't be removed now, none that tells its absence
 */
export async function removeAny(path: string, removeFile: typeof unlink = unlink): Promise<void> {
  try {
    await whenFree(() => removeFile(path))
  } catch (error) {
    // EISDIR on Linux, EPERM elsewhere: so is a file that is held.
    if (!(await isFolder(path))) throw error
    await rmdir(path)
  }
}

/**
 * Frees the place of an entry, whatever stands there; returns whether anything did. A folder that
 * is not empty is nobody's entry, and not the store's to empty: it is moved out of the way.
 *
 * @param aside returns a new path for it, in the same file system
 * @throws system errors: for a file that can't be removed now
 */
export function freePlace(path: string, aside: () => string): Promise<boolean> {
  return presence(
    removeAny(path).catch((error) => {
      // POSIX allows either code.
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error
      return rename(path, aside())
    }),
  )
}

/** Returns whether there is a folder of this path. */
export function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
