import { msgpackCodec } from '@sitecache/core'

/** Bytes of a variable that is stored with a fragment. */
const MAX_BYTES = 16 * 1024

/** Tells a variable that is stored with a fragment: plain data of at most 16 KiB. */
export function isStorableVariable(value: unknown): boolean {
  try {
    return msgpackCodec.encode({ value }).length <= MAX_BYTES
  } catch {
    return false
  }
}
