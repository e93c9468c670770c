import { types } from 'node:util'
import { StoreTimeoutError } from '../errors.js'
import type { OperationOutcome } from '../events/meter.js'

/** Operations that may find nothing. */
const reads: ReadonlySet<string> = new Set(['get', 'getMany', 'incr'])

/** Returns the outcome of an operation that succeeded: a read that found nothing is a miss. */
export function outcomeOf(operation: string, result: unknown): 'ok' | 'miss' {
  if (!reads.has(operation)) return 'ok'
  return result === undefined || (types.isMap(result) && result.size === 0) ? 'miss' : 'ok'
}

/** Returns the outcome of an operation that failed. */
export function outcomeOfError(error: unknown): Extract<OperationOutcome, 'error' | 'timeout'> {
  return error instanceof StoreTimeoutError ? 'timeout' : 'error'
}
