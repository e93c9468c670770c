import type { ServerResponse } from 'node:http'
import type { Reason } from '@sitecache/http'
import { fieldWriters, textOfField } from '../inputs/field-writers.js'
import { watchesFieldWrites } from '../inputs/field-writes.js'
import type { LastRender } from '../options/last-renders.js'

/** Fields that may say a reason, in lower case. */
const fieldsOf: Partial<Record<Reason, readonly string[]>> = {
  'set-cookie': ['set-cookie'],
  private: ['cache-control'],
  'no-store': ['cache-control'],
  'no-cache': ['cache-control'],
  'not-fresh': ['cache-control', 'expires'],
  'vary-star': ['vary'],
  'content-encoding': ['content-encoding'],
  'transfer-encoding': ['transfer-encoding'],
  'content-range': ['content-range'],
  'too-large': ['content-length'],
  length: ['content-length'],
  stream: ['content-type'],
  nonce: ['content-security-policy'],
}

/** Returns what became of a response, with the field that says it and the code that wrote that. */
export function lastRender(
  res: ServerResponse,
  result: LastRender['result'],
  reason: Reason | undefined,
  isTrial = false,
): LastRender {
  const names = (reason && fieldsOf[reason]) ?? []
  const name = names.find((one) => res.hasHeader(one))
  const writers = watchesFieldWrites() ? writersOf(res) : []
  return {
    at: Date.now(),
    result,
    reason,
    status: res.statusCode,
    field: name === undefined ? undefined : textOfField(name, res.getHeader(name)),
    by: name === undefined || !watchesFieldWrites() ? undefined : writerOf(res, name, reason),
    writers,
    isTrial,
  }
}

/** The writer of the value that is there, or of the part of it that says the reason. */
function writerOf(res: ServerResponse, name: string, reason: Reason | undefined): LastRender['by'] {
  const writers = fieldWriters(res, name)
  const word = name === 'cache-control' ? reason : name === 'vary' ? '*' : undefined
  return writers.find(({ field }) => word === undefined || field.includes(word)) ?? writers[0]
}

function writersOf(res: ServerResponse): LastRender['writers'] {
  return ['set-cookie', 'cache-control', 'vary'].flatMap((name) => fieldWriters(res, name))
}
