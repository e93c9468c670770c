import { type CompiledQuery, type RawBuilder, sql } from 'kysely'
import type { Compiler, DialectName } from './compiler.js'
import { template } from './template.js'

/** Arguments of `incr`; times are milliseconds since the epoch. */
export interface Incr {
  readonly id: Uint8Array
  readonly now: number
  readonly delta: number
}

const MAX = sql.lit(Number.MAX_SAFE_INTEGER)

/** Longest text of a safe integer: -9007199254740991 has 17 characters. */
const LENGTH = sql.lit(17)

/**
 * Adds to a value in one statement, which locks the row while it computes. Changes nothing unless
 * the value is a safe integer in ASCII decimals and the sum is safe.
 *
 * Returns the new value as a row; MySQL can't, and keeps it for `last_insert_id()` of the same
 * connection.
 */
export function incrQuery(
  db: Compiler,
  dialect: DialectName,
  table: RawBuilder<unknown>,
): (values: Incr) => CompiledQuery<{ value: unknown }> {
  return template(db, ({ id, now, delta }: Incr) => {
    const { sum, allowed } = arithmetic[dialect](delta)
    return sql<{
      value: unknown
    }>`update ${table} set value = ${sum} where entryid = ${id} and (expires is null or expires > ${now}) and ${allowed} ${
      dialect === 'mysql' ? sql`` : sql`returning value`
    }`
  })
}

/** Reads the sum that MySQL kept for this connection. */
export const lastSum = sql<{ value: unknown }>`select cast(last_insert_id() as signed) as value`

interface Arithmetic {
  /** The new value, as bytes. */
  readonly sum: RawBuilder<unknown>
  /**
   * Condition that the value is an integer and the sum is allowed. A `case` is evaluated in order,
   * an `and` need not be.
   */
  readonly allowed: RawBuilder<unknown>
}

const between = (number: RawBuilder<unknown>) => sql`${number} between -${MAX} and ${MAX}`

const arithmetic: Readonly<Record<DialectName, (delta: number) => Arithmetic>> = {
  postgres(delta) {
    const text = sql`encode(value, 'escape')`
    const number = sql`${text}::bigint`
    const sum = sql`(${number} + ${delta}::bigint)`
    const spelt = sql`octet_length(value) <= ${LENGTH} and ${text} ~ '^(0|-?[1-9][0-9]*)$'`
    return {
      sum: sql`decode(${sum}::text, 'escape')`,
      allowed: sql`case when ${spelt} then ${between(number)} and ${between(sum)} else false end`,
    }
  },

  mysql(delta) {
    // latin1 takes any bytes; MySQL 8 refuses to compare bytes with a pattern. The pattern is of
    // hexadecimal digits, because $ would let a line break pass.
    const number = sql`cast(convert(value using latin1) as signed)`
    const sum = sql`(${number} + ${delta})`
    const spelt = sql`length(value) <= ${LENGTH} and hex(value) regexp '^(30|(2D)?3[1-9](3[0-9])*)$'`
    return {
      sum: sql`cast(cast(last_insert_id(${sum}) as signed) as char)`,
      allowed: sql`case when ${spelt} then ${between(number)} and ${between(sum)} else false end`,
    }
  },

  sqlite(delta) {
    // Casting never fails: a text that is no integer changes. JavaScript numbers arrive as floats.
    const number = sql`cast(cast(value as text) as integer)`
    const sum = sql`(${number} + cast(${delta} as integer))`
    const bytes = (integer: RawBuilder<unknown>) => sql`cast(cast(${integer} as text) as blob)`
    const spelt = sql`length(value) <= ${LENGTH} and value = ${bytes(number)}`
    return {
      sum: bytes(sum),
      allowed: sql`case when ${spelt} then ${between(number)} and ${between(sum)} else false end`,
    }
  },
}
