import type { IncomingMessage } from 'node:http'
import { mergeInputs } from '@sitecache/http'
import { RequestSlot } from '../state/request-state.js'

const learned = new RequestSlot<Map<string, readonly string[]>>()

/**
 * Returns the inputs of a page with those that layers further in have learned for the same vary
 * record. Each of them stores a page of the same response under the names in that record: one more
 * name would make the pages of the others lost.
 */
export function withInnerInputs(
  req: IncomingMessage,
  recordKey: string,
  names: readonly string[],
): readonly string[] {
  if (names.length === 0 && learned.of(req) === undefined) return names
  const known = learned.of(req) ?? new Map<string, readonly string[]>()
  const all = mergeInputs(known.get(recordKey) ?? [], names)
  learned.set(req, known.set(recordKey, all))
  return all
}
