import { lstat, rmdir, unlink } from 'node:fs/promises'
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

/** Returns whether there is a folder of this path. */
export function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
