import type { Cache, Store } from '@sitecache/core'
import { type CommandContext, everyCache } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { hasTable, storeBehind, type TableReport, type TableStore } from '../stores.js'

interface Made extends TableReport {
  readonly caches: readonly string[]
}

/** Makes the tables of the caches in SQL, once per store; or only prints the SQL. */
export async function createTable(
  { caches, report }: CommandContext,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<ExitCode> {
  const all = everyCache(caches)
  const made: Made[] = []
  for (const [store, aliases] of tableStores(all)) {
    made.push({ caches: aliases, ...(await store.createTable({ dryRun })) })
  }
  if (made.length === 0) report.note(`no table is needed: no cache lives in SQL (${namesOf(all)})`)
  const told = dryRun ? sameTables(made) : made
  report.result(
    told,
    told.flatMap((each) => (dryRun ? script(each) : outcome(each))),
  )
  return exitCodes.ok
}

/** Groups aliases by store, since caches may share one. */
function tableStores(caches: readonly Cache[]): Map<Store & TableStore, string[]> {
  const stores = new Map<Store & TableStore, string[]>()
  for (const cache of caches) {
    const store = storeBehind(cache)
    if (hasTable(store)) stores.set(store, [...(stores.get(store) ?? []), cache.alias])
  }
  return stores
}

/** Merges tables with the same SQL: a dry run does not know whether they share a database. */
function sameTables(made: readonly Made[]): Made[] {
  const bySql = new Map<string, Made>()
  for (const each of made) {
    const same = bySql.get(each.sql)
    bySql.set(each.sql, same === undefined ? each : { ...same, caches: [...same.caches, ...each.caches] })
  }
  return [...bySql.values()]
}

function script({ caches, sql }: Made): string[] {
  return [`-- ${caches.join(', ')}`, ...sql.trimEnd().split('\n')]
}

function outcome({ caches, table, created, sql }: Made): string[] {
  const names = caches.join(', ')
  if (!created) return [`${names}: there is a table ${table}, which was left as it is`]
  return [
    `${names}: made the table ${table}`,
    ...sql
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ]
}

function namesOf(caches: readonly Cache[]): string {
  return caches.map(({ alias, store }) => `${alias}: ${store.name}`).join(', ')
}
