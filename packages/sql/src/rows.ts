import { types } from 'node:util'
import { type Entry, StoreError } from '@sitecache/core/store'
import type { Row } from './queries.js'

/**
 * Decodes a row.
 *
 * @throws StoreError for a foreign row
 */
export function entryOf(row: Row): Entry {
  return { value: bytesIn(row.value), expires: row.expires === null ? null : integerIn(row.expires) }
}

/**
 * Reads bytes of a driver.
 *
 * @throws StoreError for other values
 */
export function bytesIn(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (types.isUint8Array(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  // libsql returns an ArrayBuffer.
  if (types.isAnyArrayBuffer(value)) return Buffer.from(value)
  throw strange()
}

/**
 * Reads an integer as drivers return it: a number, a text or a bigint; or bytes, as entries hold
 * it.
 *
 * @throws StoreError for no safe integer
 */
export function integerIn(value: unknown): number {
  const given = types.isUint8Array(value) || types.isAnyArrayBuffer(value) ? textOf(bytesIn(value)) : value
  const number = ['number', 'bigint', 'string'].includes(typeof given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw strange()
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function strange(): StoreError {
  return new StoreError("a row of the table is none of sitecache's: see what else writes to it")
}
