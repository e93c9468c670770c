import type { Cache, Store } from '@sitecache/core'

/** Returns the store that holds a cache's entries in the end: a tiered store's far one. */
export function storeBehind(cache: Cache): Store {
  let behind = cache.store
  for (;;) {
    let far: Store | undefined
    // `wrapFar` is the only access to a tiered store's far store.
    behind.wrapFar?.((store) => {
      far = store
      return store
    })
    if (far === undefined) return behind
    behind = far
  }
}

/** Result of `createTable` of @sitecache/sql. */
export interface TableReport {
  readonly table: string
  readonly created: boolean
  readonly sql: string
}

/** A store with a table. */
export interface TableStore {
  createTable(options: { readonly dryRun: boolean }): Promise<TableReport>
}

/** Tells a store with a table without importing @sitecache/sql, which need not be installed. */
export function hasTable(store: Store): store is Store & TableStore {
  return 'createTable' in store && typeof store.createTable === 'function'
}
