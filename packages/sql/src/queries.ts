import { type CompiledQuery, type RawBuilder, sql } from 'kysely'
import { type Compiler, compilerOf, type DialectName } from './compiler.js'
import type { EntryId, IdRange } from './entry-id.js'
import { incrQuery, lastSum } from './incr-query.js'
import { template } from './template.js'

/** A row as a driver returns it: not to be trusted. */
export interface Row {
  readonly entryid?: unknown
  readonly fullkey?: unknown
  readonly value?: unknown
  readonly expires?: unknown
}

/** A row to store. */
export interface NewRow extends EntryId {
  readonly value: Uint8Array
  readonly expires: number | null
}

/** An id, looked up at a time in milliseconds since the epoch. */
export interface IdAtTime {
  readonly id: Uint8Array
  readonly now: number
}

/** Queries of a store, each one statement, on one table in one dialect. */
export type Queries = ReturnType<typeof queriesOf>

type Ids = readonly Uint8Array[]

/** Condition of live entries; only culling sees expired ones. */
const live = (now: number) => sql`(expires is null or expires > ${now})`

/** Creates the queries of a table, whose name must have been checked. */
export function queriesOf(dialect: DialectName, table: string) {
  const db = compilerOf(dialect)
  const name = sql.table(table)
  return {
    ...reading(db, name),
    ...storing(db, dialect, name),
    ...dropping(db, dialect, name),
    incr: incrQuery(db, dialect, name),
    lastSum: () => lastSum.compile(db),
  }
}

function reading(db: Compiler, table: RawBuilder<unknown>) {
  return {
    get: template(
      db,
      ({ id, now }: IdAtTime) =>
        sql<Row>`select value, expires from ${table} where entryid = ${id} and ${live(now)}`,
    ),

    has: template(
      db,
      ({ id, now }: IdAtTime) =>
        sql<Row>`select expires from ${table} where entryid = ${id} and ${live(now)}`,
    ),

    getMany: (ids: Ids, now: number): CompiledQuery<Row> =>
      sql<Row>`select entryid, value, expires from ${table} where entryid in (${sql.join(ids)}) and ${live(now)}`.compile(
        db,
      ),

    /** Fails unless the table has the columns; returns no row. */
    probe: (): CompiledQuery<Row> =>
      sql<Row>`select entryid, fullkey, value, expires from ${table} limit 0`.compile(db),

    /** Counts up to `limit`: entries live at a time, or all but some, the expired included. */
    count(
      limit: number,
      selection: { readonly liveAt: number } | { readonly but: Ids },
    ): CompiledQuery<Count> {
      const some = sql`select 1 from ${table} ${countedBy(selection)} limit ${sql.lit(limit)}`
      return sql<Count>`select count(*) as entries from (${some}) as some_entries`.compile(db)
    },
  }
}

/** Result of a count. */
export interface Count {
  readonly entries: unknown
}

function countedBy(selection: { readonly liveAt: number } | { readonly but: Ids }): RawBuilder<unknown> {
  if ('liveAt' in selection) return sql`where ${live(selection.liveAt)}`
  return selection.but.length === 0 ? sql`` : sql`where entryid not in (${sql.join(selection.but)})`
}

function storing(db: Compiler, dialect: DialectName, table: RawBuilder<unknown>) {
  // No other application's table has these columns: one named by mistake is left alone.
  const columns = sql`(entryid, fullkey, value, expires)`
  const row = (r: NewRow) => sql`(${r.id}, ${r.fullkey}, ${r.value}, ${r.expires})`
  const replace =
    dialect === 'mysql'
      ? sql`on duplicate key update value = values(value), expires = values(expires)`
      : sql`on conflict (entryid) do update set value = excluded.value, expires = excluded.expires`
  const insert = (rows: RawBuilder<unknown>) => sql`insert into ${table} ${columns} values ${rows}`
  return {
    set: template(db, (r: NewRow) => sql`${insert(row(r))} ${replace}`),

    setMany: (rows: readonly NewRow[]) => sql`${insert(sql.join(rows.map(row)))} ${replace}`.compile(db),

    /**
     * Affects a row if it stored, and returns one where possible. In MySQL an expired entry is in
     * the way.
     */
    add: template(db, (r: NewRow & { readonly now: number }) => {
      if (dialect === 'mysql') return sql`insert ignore into ${table} ${columns} values ${row(r)}`
      const into = sql`insert into ${table} as present ${columns} values ${row(r)}`
      return sql`${into} ${replace} where present.expires <= ${r.now} returning 1 as stored`
    }),

    touch: template(
      db,
      (r: IdAtTime & { readonly expires: number | null }) =>
        sql`update ${table} set expires = ${r.expires} where entryid = ${r.id} and ${live(r.now)}`,
    ),
  }
}

function dropping(db: Compiler, dialect: DialectName, table: RawBuilder<unknown>) {
  const deleteChosen = (selection: RowSelection, limit: number) => {
    // Names a column that no other application's table has.
    if (dialect === 'mysql')
      return sql<Row>`delete from ${table} ${chosen(selection, limit, sql`entryid is not null and`)}`
    const lock = dialect === 'postgres' ? sql`for update skip locked` : sql``
    return sql<Row>`delete from ${table} where entryid in (select entryid from ${table} ${chosen(selection, limit)} ${lock})`
  }
  return {
    delete: template(
      db,
      (r: IdAtTime) => sql`delete from ${table} where entryid = ${r.id} and ${live(r.now)}`,
    ),

    deleteExpired: template(
      db,
      (r: IdAtTime) => sql`delete from ${table} where entryid = ${r.id} and expires <= ${r.now}`,
    ),

    deleteMany: (ids: Ids, now: number) =>
      sql`delete from ${table} where entryid in (${sql.join(ids)}) and ${live(now)}`.compile(db),

    /**
     * Deletes a batch. Rows that another process is deleting are skipped where possible, so that
     * two culls don't wait for each other.
     */
    drop: (selection: RowSelection, limit: number): CompiledQuery<Row> =>
      deleteChosen(selection, limit).compile(db),

    /**
     * As `drop`, and returns the rows.
     *
     * @returns undefined in MySQL, which can't: use `pick` and `dropPicked`
     */
    evict: (selection: RowSelection, limit: number): CompiledQuery<Row> | undefined =>
      dialect === 'mysql'
        ? undefined
        : sql<Row>`${deleteChosen(selection, limit)} returning entryid, fullkey`.compile(db),

    pick: (selection: RowSelection, limit: number): CompiledQuery<Row> =>
      sql<Row>`select entryid, fullkey from ${table} ${chosen(selection, limit)}`.compile(db),

    dropPicked: (ids: Ids) => sql`delete from ${table} where entryid in (${sql.join(ids)})`.compile(db),
  }
}

const chosen = (selection: RowSelection, limit: number, also = sql``) =>
  sql`where ${also} ${conditionOf(selection)} limit ${sql.lit(limit)}`

/** Selects the rows of a deletion, by an index. */
export type RowSelection =
  | { readonly expiredAt: number }
  | 'expiring soonest'
  | 'never expiring'
  | { readonly within: IdRange }

function conditionOf(selection: RowSelection): RawBuilder<unknown> {
  if (selection === 'expiring soonest') return sql`expires is not null order by expires`
  if (selection === 'never expiring') return sql`expires is null`
  if ('expiredAt' in selection) return sql`expires <= ${selection.expiredAt} order by expires`
  const { from, to, fullkey } = selection.within
  const start = sql`entryid >= ${from}`
  const range = to === null ? start : sql`${start} and entryid < ${to}`
  if (fullkey === null) return range
  const key = sql`coalesce(fullkey, entryid)`
  return sql`${range} and ${key} >= ${fullkey.from} and ${key} < ${fullkey.to}`
}
