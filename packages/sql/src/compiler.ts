import {
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/** The SQL that a database speaks. */
export type DialectName = 'postgres' | 'mysql' | 'sqlite'

/** Writes queries and never runs them. */
export type Compiler = Kysely<unknown>

const parts = {
  postgres: [PostgresAdapter, PostgresQueryCompiler, PostgresIntrospector],
  mysql: [MysqlAdapter, MysqlQueryCompiler, MysqlIntrospector],
  sqlite: [SqliteAdapter, SqliteQueryCompiler, SqliteIntrospector],
} as const

/**
 * What writes a dialect's queries. Not the application's kysely: that may be of another version, and its plugins may
 * rename columns.
 */
export function compilerOf(dialect: DialectName): Compiler {
  const [Adapter, QueryCompiler, Introspector] = parts[dialect]
  return new Kysely({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new Introspector(db),
      createQueryCompiler: () => new QueryCompiler(),
    },
  })
}
