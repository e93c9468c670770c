import { optionsFromQuery, type StoreFromUrl } from '@sitecache/core/store'
import { parseDirectory } from './directory.js'
import { fileStore, limits } from './file-store.js'

/**
 * Creates the store of a URL such as
 * `file:///var/cache/site?max_entries=400&cull_frequency=2`.
 *
 * @throws SettingsError for a URL without a path, an unknown option, or a folder that must not be
 * used
 */
export const storeFromUrl: StoreFromUrl = (url, { query }) =>
  fileStore(parseDirectory(url).path, optionsFromQuery(query, limits, 'fileStore()'))
