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

/** A dialect of SQL. */
export type DialectName = 'postgres' | 'mysql' | 'sqlite'

/** A kysely that writes queries and never runs them. */
export type Compiler = Kysely<unknown>

const parts = {
  postgres: [PostgresAdapter, PostgresQueryCompiler, PostgresIntrospector],
  mysql: [MysqlAdapter, MysqlQueryCompiler, MysqlIntrospector],
  sqlite: [SqliteAdapter, SqliteQueryCompiler, SqliteIntrospector],
} as const

/**
 * Creates the compiler of a dialect. Not the application's kysely, which may be of another version
 * or rename columns by plugins.
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
