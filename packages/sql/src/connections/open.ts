import { redact, SettingsError } from '@sitecache/core/store'
import type { DialectName } from '../compiler.js'
import { Database } from '../database.js'
import { dialectOf, type KyselyInstance } from '../kysely-instance.js'
import { MYSQL_PARAMETERS, openMysql } from './mysql.js'
import type { OpenOptions } from './open-options.js'
import { openPostgres, POSTGRES_PARAMETERS } from './postgres.js'
import { openSqlite } from './sqlite.js'
import { sqliteFile } from './sqlite-file.js'

const schemes: Readonly<Record<string, DialectName>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'sqlite:': 'sqlite',
}

/** The driver's parameters of a URL's query string. */
export const DRIVER_PARAMETERS: Readonly<Record<DialectName, readonly string[]>> = {
  postgres: POSTGRES_PARAMETERS,
  mysql: MYSQL_PARAMETERS,
  sqlite: [],
}

/**
 * Opens the database of a URL, or wraps a kysely instance, which is not closed.
 *
 * @throws SettingsError for another URL or instance, or a missing driver
 */
export function openDatabase(
  from: string | KyselyInstance,
  table: string,
  { path, poolSize, timeoutMs }: Omit<OpenOptions, 'url'>,
): Database {
  if (typeof from !== 'string') return new Database(from, dialectOf(from, path), table, false)
  const url = parseUrl(from, path)
  const dialect = dialectOfUrl(url, path)
  for (const name of url.searchParams.keys()) {
    if (!DRIVER_PARAMETERS[dialect].includes(name)) throw unknownParameter(name, dialect, path)
  }
  const open = {
    postgres: openPostgres,
    mysql: openMysql,
    sqlite: () => openSqlite(fileOf(url, path), table, path),
  }[dialect]
  return new Database(open({ url: from, path, poolSize, timeoutMs }), dialect, table, true)
}

/**
 * Returns the dialect of a URL's scheme.
 *
 * @throws SettingsError for another scheme
 */
export function dialectOfUrl(url: URL, path: string): DialectName {
  const dialect = Object.hasOwn(schemes, url.protocol) ? schemes[url.protocol] : undefined
  if (dialect !== undefined) return dialect
  throw new SettingsError(
    `${path} must be a URL of ${Object.keys(schemes).join(', ')} or a kysely instance; got '${redact(url.href)}'`,
  )
}

function parseUrl(text: string, path: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw new SettingsError(`${path} is not a URL that can be read: '${redact(text)}'`)
}

function unknownParameter(name: string, dialect: DialectName, path: string): SettingsError {
  const known = DRIVER_PARAMETERS[dialect]
  const allowed = known.length === 0 ? '' : ` Allowed: ${known.join(', ')}`
  return new SettingsError(`${path}: '${name}' is no parameter of a ${dialect}: URL.${allowed}`)
}

/**
 * Returns the file of a URL.
 *
 * @throws SettingsError for a host: 'sqlite://cache.db' looks like a file and is none
 */
function fileOf(url: URL, path: string): string {
  const file = sqliteFile(url)
  if (file !== undefined) return file
  throw new SettingsError(
    `${path} must name a file: 'sqlite:///var/cache/site.db', 'sqlite:site.db' in the working directory, or 'sqlite::memory:'; got '${redact(url.href)}'`,
  )
}
