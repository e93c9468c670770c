import calculateSlot from 'cluster-key-slot'
import type { SentKey } from './commands.js'

/** Groups keys by slot: a Cluster command may name keys of one slot only. */
export function keysBySlot(keys: Iterable<SentKey>): SentKey[][] {
  const groups = new Map<number, SentKey[]>()
  for (const key of keys) {
    const slot = calculateSlot(key)
    const group = groups.get(slot)
    if (group === undefined) groups.set(slot, [key])
    else group.push(key)
  }
  return [...groups.values()]
}
