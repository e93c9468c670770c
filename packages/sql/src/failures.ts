import { redact, SitecacheError, StoreError, TooLargeError } from '@sitecache/core/store'

/** Kinds of failure that the databases have in common. */
export type Failure =
  | 'no table'
  | 'no columns'
  | 'conflict'
  | 'busy'
  | 'locked'
  | 'refused login'
  | 'no database'
  | 'no permission'
  | 'read only'
  | 'unreachable'
  | 'no file'
  | 'startup parameter'
  | 'too large'

/**
 * Kinds by code: SQLSTATE of PostgreSQL, codes of mysql2, the SQLite drivers and Node's sockets.
 */
const codes: Readonly<Record<string, Failure>> = {
  '42P01': 'no table',
  '3F000': 'no table',
  ER_NO_SUCH_TABLE: 'no table',
  '42703': 'no columns',
  ER_BAD_FIELD_ERROR: 'no columns',
  '40001': 'conflict',
  '40P01': 'conflict',
  ER_LOCK_DEADLOCK: 'conflict',
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  '55P03': 'locked',
  '57014': 'locked',
  ER_LOCK_WAIT_TIMEOUT: 'locked',
  '28P01': 'refused login',
  '28000': 'refused login',
  ER_ACCESS_DENIED_ERROR: 'refused login',
  ER_DBACCESS_DENIED_ERROR: 'refused login',
  '3D000': 'no database',
  ER_BAD_DB_ERROR: 'no database',
  '42501': 'no permission',
  ER_TABLEACCESS_DENIED_ERROR: 'no permission',
  '25006': 'read only',
  ER_OPTION_PREVENTS_STATEMENT: 'read only',
  SQLITE_READONLY: 'read only',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ENOENT: 'unreachable',
  SQLITE_CANTOPEN: 'no file',
  ER_NET_PACKET_TOO_LARGE: 'too large',
  ER_DATA_TOO_LONG: 'too large',
  '54000': 'too large',
  SQLITE_TOOBIG: 'too large',
}

/** Kinds by message: SQLite has one code for most mistakes, and node:sqlite one for all. */
const messages: readonly (readonly [RegExp, Failure])[] = [
  [/no such table/, 'no table'],
  [/no such column|has no column named/, 'no columns'],
  [/database (table )?is locked/, 'busy'],
  [/unable to open database file/, 'no file'],
  [/readonly database/, 'read only'],
  [/unsupported startup parameter/, 'startup parameter'],
  [/string or blob too big/, 'too large'],
]

/**
 * Classifies a driver's error.
 *
 * @returns undefined: another error
 */
export function failureOf(error: unknown): Failure | undefined {
  if (errorField(error, 'syscall') === 'open') return 'no file'
  const code = String(errorField(error, 'code') ?? '')
  const known = Object.hasOwn(codes, code) ? codes[code] : undefined
  if (known !== undefined) return known
  const message = messageOf(error)
  return messages.find(([pattern]) => pattern.test(message))?.[1]
}

const remedies = (table: string): Readonly<Record<Failure, string>> => ({
  'too large': `the table ${table} takes no value of this size: see max_allowed_packet of MySQL`,
  'no table': `there is no table ${table}: make it with 'npx sitecache create-table'`,
  'no columns': `the table ${table} is not one of sitecache's: give another name as the option table, and make it with 'npx sitecache create-table'`,
  conflict: 'another process was in the way, several times: see what else uses the table',
  busy: 'the database file is locked by another process: see what holds its lock',
  locked: `the table ${table} or a row of it is locked: see what holds the lock`,
  'refused login': 'the server refused the user or password: see those in the URL',
  'no database': 'the server has no such database: see its name in the URL',
  'no permission': `the user may not use the table ${table}: grant it select, insert, update and delete`,
  'read only':
    'the database can only be read: give the one that can be written as the URL, and this one as the reader',
  unreachable: 'the server could not be reached: see whether it runs, and host and port in the URL',
  'no file': 'the database file could not be opened: see whether its folder is there and may be written',
  'startup parameter':
    'the server is a pool that refuses lock_timeout: let it ignore that (ignore_startup_parameters), or give sqlStore() a kysely of your own',
})

/**
 * Makes an error for the operator. The driver's own is not passed on: mysql2 puts the whole
 * statement into it, keys and values included.
 */
export function storeError(error: unknown, table: string): SitecacheError {
  if (error instanceof SitecacheError) return error
  const failure = failureOf(error)
  const told = redact(messageOf(error)).slice(0, 300)
  const code = errorField(error, 'code')
  const cause = Object.assign(new Error(told), code === undefined ? {} : { code })
  const reason = told === '' ? String(code ?? 'unknown error') : told
  if (failure === undefined) return new StoreError(reason, { cause })
  const message = `${remedies(table)[failure]} (${reason})`
  return failure === 'too large' ? new TooLargeError(message, { cause }) : new StoreError(message, { cause })
}

/** Reads a field of a thrown value, which may be no Error of this realm. */
export function errorField(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
}

/** A host name whose addresses all refuse raises an AggregateError without a message. */
function messageOf(error: unknown): string {
  const message = String(errorField(error, 'message') ?? '')
  const errors = errorField(error, 'errors')
  return message === '' && Array.isArray(errors) && errors.length > 0 ? messageOf(errors[0]) : message
}
