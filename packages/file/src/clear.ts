import { join } from 'node:path'
import { StoreError } from '@sitecache/core/store'
import type { Folder } from './folder.js'
import { reasonOf } from './prepare-folder.js'
import { readStart } from './read-entry.js'

/** Files that are opened at once: Node has four threads for files. */
const AT_ONCE = 4

/**
 * Removes the entries whose keys begin with a prefix, shard by shard. Opens a file only where its
 * name does not tell.
 *
 * @throws StoreError when some could not be removed; all others are
 */
export async function clearPrefix(folder: Folder, prefix: string, removed: () => void): Promise<void> {
  const { start, isExact } = folder.namesOf(prefix)
  const begin = Buffer.from(prefix)
  const faults: unknown[] = []
  const note = (fault: unknown) => void faults.push(fault)
  for (const shard of await folder.shards()) {
    const all = await folder.entries(shard).catch(note)
    const names = (all ?? []).filter((name) => name.startsWith(start)).values()
    const remove = async (path: string) => {
      if ((isExact || (await hasKeyOf(path, begin))) && (await folder.free(path))) removed()
    }
    // All workers share one iterator.
    const work = async () => {
      for (const name of names) await remove(join(shard, name)).catch(note)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
  if (faults.length > 0) throw failure(folder, faults)
}

function failure(folder: Folder, faults: readonly unknown[]): StoreError {
  const [first] = faults
  const count = faults.length === 1 ? '1 entry or folder' : `${faults.length} entries or folders`
  return new StoreError(`clear() could not remove ${count} in '${folder.root}': ${reasonOf(first)}`, {
    cause: first,
  })
}

async function hasKeyOf(path: string, begin: Buffer): Promise<boolean> {
  const found = await readStart(path)
  return typeof found === 'object' && found.key.subarray(0, begin.length).equals(begin)
}
