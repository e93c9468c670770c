/** A source of values that counts its runs, and can take its time or fail. */
export class CountingSource {
  runs = 0
  failure: Error | undefined
  gate: Promise<void> | undefined
  /** Milliseconds that a run takes. */
  takes = 0

  /** @param pass lets so many milliseconds pass */
  constructor(private readonly pass: (milliseconds: number) => void = () => {}) {}

  readonly next = async (): Promise<number> => {
    this.runs += 1
    const run = this.runs
    this.pass(this.takes)
    await this.gate
    if (this.failure !== undefined) throw this.failure
    return run
  }
}
