/** What a connection is opened with. */
export interface OpenOptions {
  readonly url: string
  /** Names the setting in errors. */
  readonly path: string
  /** Connections at most. */
  readonly poolSize: number
  /** Milliseconds that the callers of an operation wait. */
  readonly timeoutMs: number
}
