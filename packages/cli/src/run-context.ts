import type { Readable } from 'node:stream'

/** Environment of a run of the command. */
export interface RunContext {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder of `sitecache.config.*`. */
  readonly cwd: string
  /** The standard error, if it is a terminal. */
  readonly terminal?: NodeJS.WritableStream | undefined
  /** @default nothing */
  readonly stdin?: Readable
  /**
   * Called by a command that can end early: from then on Ctrl-C aborts the signal, and only the
   * next one ends the process.
   */
  readonly interruption?: () => AbortSignal
}
