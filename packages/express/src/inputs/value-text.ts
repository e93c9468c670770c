/** Text of a value, and whether the text says all of it. */
export interface ValueText {
  readonly text: string | undefined
  readonly isPlain: boolean
}

export const absent: ValueText = { text: undefined, isPlain: true }

/** Characters of a value in the key of all look-ups, and of pages that read it; else a digest. */
export const [SHORT, LONG] = [64, 2000]

/** Compares names, for one order of all values. */
export function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1
}
