/** What a run of the command sees of the world. */
export interface RunContext {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `sitecache.config.*` is looked for. */
  readonly cwd: string
}
