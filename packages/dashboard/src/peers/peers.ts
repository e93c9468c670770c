/** Most processes whose figures are added up. */
export const MAX_PEERS = 64
/** Milliseconds after which a process that says nothing more is gone. */
export const GONE_MS = 10_000
/** Milliseconds between two tellings. */
export const TELL_MS = 2000

/** Way by which processes tell each other their figures, as texts. */
export interface Peers {
  /** For people: `store redis`, `bus`, `cluster`, `none`. */
  readonly by: string
  /** Whether it is worth telling the figures now. */
  readonly isWanted: boolean
  tell(text: string): Promise<void>
  /** Resolves to what the others have told last, unless they are gone. Never rejects. */
  others(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Of a process that is alone, as far as it knows. */
export const noPeers: Peers = {
  by: 'none',
  isWanted: false,
  tell: () => Promise.resolve(),
  others: () => Promise.resolve([]),
  close: () => Promise.resolve(),
}
