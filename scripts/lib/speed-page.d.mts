/** File that the benchmark has written, and the day that it has for a name. */
export interface Run {
  readonly name: string
  readonly machine: string
  readonly note?: string
  readonly args: object
  readonly results: Readonly<Record<string, readonly object[]>>
}

/** Tables of a run whose numbers were not kept. */
export interface Account {
  readonly name: string
  readonly text: string
}

/** Returns the text of docs/reference/speed.md. */
export function speedPage(runs: readonly Run[], accounts: readonly Account[]): string
