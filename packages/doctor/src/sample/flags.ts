/** Facts about a look-up that hold or don't, as bits. */
export const FLAGS = {
  isRender: 1,
  isOwn: 2,
  isHead: 4,
  isBot: 8,
  isRepeated: 16,
  isEncodedOutside: 32,
  isSorted: 64,
  hasLock: 128,
} as const

/** Names of those facts. */
export type Flag = keyof typeof FLAGS

/** Returns the bits of the facts that hold. */
export function flagsOf(facts: Readonly<Record<Flag, boolean>>): number {
  let bits = 0
  for (const name of Object.keys(FLAGS) as Flag[]) if (facts[name]) bits |= FLAGS[name]
  return bits
}
