import { optionsFromQuery, SettingsError, type StoreFromUrl } from '@sitecache/core/store'
import { DRIVER_PARAMETERS, dialectOfUrl } from './connections/open.js'
import { type SqlStore, sqlStore, urlOptions } from './sql-store.js'

/**
 * Creates the store of a URL: sqlStore()'s options in the query string, beside the driver's
 * parameters.
 *
 * @throws SettingsError as `sqlStore` does, and for more than one host
 *
 * @example
 * createCaches({ default: 'postgres://shop@localhost/shop?table=page_cache&max_entries=50000' })
 */
export const storeFromUrl = ((url, { hosts, query }): SqlStore => {
  const path = 'sqlStore()'
  if (hosts.length > 1)
    throw new SettingsError(
      `${path} takes one host, and a replica as the option reader; got ${hosts.join(', ')}`,
    )
  const parameters = DRIVER_PARAMETERS[dialectOfUrl(url, path)]
  const isOption = ([name]: [string, string]) =>
    !parameters.some((parameter) => camelCase(parameter) === name)
  const options = optionsFromQuery(
    Object.fromEntries(Object.entries(query).filter(isOption)),
    urlOptions,
    path,
  )
  const database = new URL(url)
  for (const name of url.searchParams.keys())
    if (!parameters.includes(name)) database.searchParams.delete(name)
  return sqlStore(database.href, options)
}) satisfies StoreFromUrl

/** Converts a parameter's name as `query` does. */
function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
