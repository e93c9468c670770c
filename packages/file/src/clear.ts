import { join } from 'node:path'
import { removeFile } from './disk.js'
import type { Folder } from './folder.js'
import { readStart } from './read-entry.js'

/** Files that are opened at once: Node has four threads for files. */
const AT_ONCE = 4

/**
 * Removes the entries whose keys begin with a prefix, shard by shard. Opens a file only where its
 * name does not tell.
 */
export async function clearPrefix(folder: Folder, prefix: string, removed: () => void): Promise<void> {
  const { start, isExact } = folder.namesOf(prefix)
  const begin = Buffer.from(prefix)
  for (const shard of await folder.shards()) {
    const names = (await folder.entries(shard)).filter((name) => name.startsWith(start)).values()
    // All workers share one iterator.
    const work = async () => {
      for (const name of names) {
        const path = join(shard, name)
        if ((isExact || (await hasKeyOf(path, begin))) && (await removeFile(path))) removed()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
}

async function hasKeyOf(path: string, begin: Buffer): Promise<boolean> {
  const found = await readStart(path)
  return typeof found === 'object' && found.key.subarray(0, begin.length).equals(begin)
}
