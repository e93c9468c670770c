/** Options of opening a database. */
export interface OpenOptions {
  readonly url: string
  /** Name of the setting in errors. */
  readonly path: string
  /** Most connections. */
  readonly poolSize: number
  /** Longest wait of an operation's caller, in milliseconds. */
  readonly timeoutMs: number
}
