export type { CreatedTable, CreateTableOptions } from './create-table.js'
export type { KyselyInstance, SqlConnection } from './kysely-instance.js'
export { type SqlStore, type SqlStoreOptions, sqlStore } from './sql-store.js'
export { storeFromUrl } from './store-from-url.js'
