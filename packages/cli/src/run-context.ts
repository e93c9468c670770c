import type { Readable } from 'node:stream'

/** What a run of the command sees of the world. */
export interface RunContext {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `sitecache.config.*` is looked for. */
  readonly cwd: string
  /** The standard error, where it is a terminal. */
  readonly terminal?: NodeJS.WritableStream | undefined
  /** @default nothing */
  readonly stdin?: Readable
  /** Asked by a command that can end early: from then on Ctrl-C aborts the signal, and only the next ends the process. */
  readonly interruption?: () => AbortSignal
}
