import { type OptionParser, refusal } from '@sitecache/core/store'
import { sql } from 'kysely'
import { compilerOf, type DialectName } from './compiler.js'
import { MAX_ID } from './entry-id.js'

/**
 * A name, with or without a schema. Its index's longer name must not be cut off: PostgreSQL keeps
 * 63 characters.
 */
const NAME = /^(?:[a-z_]\w{0,47}\.)?[a-z_]\w{0,47}$/i

/** Parses a table's name. */
export const tableName: OptionParser<string> = (value, path) => {
  if (typeof value === 'string' && NAME.test(value)) return value
  throw refusal(
    path,
    "a table's name: letters, digits and _, 48 at most, with or without a schema before it",
    value,
  )
}

const types = {
  postgres: { id: 'bytea', bytes: 'bytea', time: 'bigint' },
  mysql: { id: `varbinary(${MAX_ID})`, bytes: 'longblob', time: 'bigint' },
  sqlite: { id: 'blob', bytes: 'blob', time: 'integer' },
} as const

/** Returns the statements that make a table; they fail if it exists. */
export function creation(dialect: DialectName, table: string): string[] {
  const db = compilerOf(dialect)
  const { id, bytes, time } = types[dialect]
  const [bare = table, ...schema] = table.split('.').reverse()
  const index = `${bare}_expires`
  const inline = dialect === 'mysql'
  const columns = [
    `entryid ${id} not null primary key`,
    `fullkey ${bytes}`,
    `value ${bytes} not null`,
    `expires ${time}`,
  ].map((column) => sql.raw(`\n  ${column}`))
  if (inline) columns.push(sql`\n  key ${sql.id(index)} (expires)`)
  const engine = inline ? sql` engine = InnoDB` : sql``
  const statements = [sql`create table ${sql.table(table)} (${sql.join(columns, sql`,`)}\n)${engine}`]
  // SQLite names the schema at the index; other databases name it at the table.
  if (dialect === 'sqlite')
    statements.push(sql`create index ${sql.id(...schema, index)} on ${sql.id(bare)} (expires)`)
  if (dialect === 'postgres')
    statements.push(sql`create index ${sql.id(index)} on ${sql.table(table)} (expires)`)
  return statements.map((statement) => statement.compile(db).sql)
}

/** Formats statements for the database's own command line. */
export function script(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};\n`).join('')
}
