import type { Cache, Store } from '@sitecache/core'

/** Where a cache's entries live in the end: behind what a tiered store keeps in this process. */
export function storeBehind(cache: Cache): Store {
  let behind = cache.store
  for (;;) {
    let far: Store | undefined
    // The one place that a tiered store shows its other one in.
    behind.wrapFar?.((store) => {
      far = store
      return store
    })
    if (far === undefined) return behind
    behind = far
  }
}

/** What became of a table, as @sitecache/sql tells it. */
export interface TableReport {
  readonly table: string
  readonly created: boolean
  readonly sql: string
}

/** A store that keeps its entries in a table. */
export interface TableStore {
  createTable(options: { readonly dryRun: boolean }): Promise<TableReport>
}

/** Whether a store can make its table. It is not imported from @sitecache/sql, which need not be installed. */
export function hasTable(store: Store): store is Store & TableStore {
  return 'createTable' in store && typeof store.createTable === 'function'
}
