import calculateSlot from 'cluster-key-slot'

/** Keys that one command may name together in a Cluster: those of one slot. */
export function keysBySlot(keys: Iterable<string>): string[][] {
  const groups = new Map<number, string[]>()
  for (const key of keys) {
    const slot = calculateSlot(key)
    const group = groups.get(slot)
    if (group === undefined) groups.set(slot, [key])
    else group.push(key)
  }
  return [...groups.values()]
}
