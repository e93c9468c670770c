import { fileURLToPath } from 'node:url'
import { optionsFromQuery, refusal, type StoreFromUrl } from '@sitecache/core'
import { fileStore, limits } from './file-store.js'

/**
 * Creates the store of a URL such as `file:///var/cache/site?max_entries=400&cull_frequency=2`.
 *
 * @throws SettingsError for a URL without a path, an unknown option, or a folder that must not be
 * used
 */
export const storeFromUrl: StoreFromUrl = (url, { query }) =>
  fileStore(directoryOf(url), optionsFromQuery(query, limits, 'fileStore()'))

function directoryOf(url: URL): string {
  const plain = new URL(url)
  plain.search = ''
  plain.hash = ''
  try {
    if (plain.pathname.length > 1) return fileURLToPath(plain)
  } catch {
    // The error below tells of a host or an encoded slash.
  }
  throw refusal('the URL of a file store', "of this machine, such as 'file:///var/cache/site'", plain.href)
}
