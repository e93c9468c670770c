import initSqlJs, { type BindParams, type Database as SqlDatabase, type SqlValue } from 'sql.js'
import type { City, Country, Dataset, Division } from './data.js'
import { fold, initialOf } from './text.js'

/** SQLite in memory, with the atlas in it. */
export class Database {
  readonly #sql: SqlDatabase

  constructor(sql: SqlDatabase) {
    this.#sql = sql
  }

  /** All rows of a query. `T` is what its columns are called and hold. */
  all<T>(query: string, params: BindParams = null): T[] {
    const statement = this.#sql.prepare(query)
    try {
      statement.bind(params)
      const rows: T[] = []
      while (statement.step()) rows.push(statement.getAsObject() as T)
      return rows
    } finally {
      statement.free()
    }
  }

  /** The first row of a query, undefined when there is none. */
  get<T>(query: string, params: BindParams = null): T | undefined {
    return this.all<T>(query, params)[0]
  }
}

const SCHEMA = `
  CREATE TABLE countries (
    cca3 TEXT PRIMARY KEY, cca2 TEXT NOT NULL UNIQUE, region TEXT NOT NULL,
    area REAL NOT NULL, lat REAL NOT NULL, lng REAL NOT NULL
  );
  CREATE TABLE borders (cca3 TEXT NOT NULL, neighbour TEXT NOT NULL, PRIMARY KEY (cca3, neighbour));
  CREATE TABLE divisions (code TEXT PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE places (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL, initial TEXT NOT NULL,
    cca2 TEXT NOT NULL, division TEXT NOT NULL, lat REAL NOT NULL, lng REAL NOT NULL
  );
`

const INDEXES = 'CREATE INDEX places_by_country ON places (cca2, initial, folded)'

/** Makes the database: about a second for all places. */
export async function createDatabase(dataset: Dataset): Promise<Database> {
  // The trigonometry that sql.js brings in JavaScript is 70 times slower than SQLite's own, and deprecated.
  const settings: Parameters<typeof initSqlJs>[0] & { useOldExtensionFunctions: boolean } = {
    useOldExtensionFunctions: false,
  }
  const { Database: Sqlite } = await initSqlJs(settings)
  const sql = new Sqlite()
  sql.exec(SCHEMA)
  sql.exec('BEGIN')
  insert(sql, 'countries', dataset.countries.map(countryRow))
  insert(sql, 'borders', dataset.countries.flatMap(borderRows))
  insert(sql, 'divisions', dataset.divisions.map(divisionRow))
  insert(sql, 'places', dataset.cities.map(placeRow))
  sql.exec('COMMIT')
  sql.exec(INDEXES)
  sql.exec('ANALYZE')
  return new Database(sql)
}

function insert(sql: SqlDatabase, table: string, rows: readonly SqlValue[][]): void {
  const marks = rows[0]?.map(() => '?').join(', ')
  if (marks === undefined) return
  const statement = sql.prepare(`INSERT INTO ${table} VALUES (${marks})`)
  for (const row of rows) statement.run(row)
  statement.free()
}

function countryRow({ cca3, cca2, region, area, latlng: [lat, lng] }: Country): SqlValue[] {
  return [cca3, cca2, region, area, lat, lng]
}

function borderRows({ cca3, borders }: Country): SqlValue[][] {
  return borders.map((neighbour) => [cca3, neighbour])
}

function divisionRow({ code, name }: Division): SqlValue[] {
  return [code, name]
}

// Places have no identifier of their own: their position in the dataset serves, for as long as its version does.
function placeRow(city: City, index: number): SqlValue[] {
  const { name, country, admin1, lat, lng } = city
  return [
    index + 1,
    name,
    fold(name),
    initialOf(name),
    country,
    `${country}.${admin1}`,
    Number(lat),
    Number(lng),
  ]
}
