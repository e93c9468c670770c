/** A property of which a slow machine tries fewer cases: how fast it is decides how many are tried, and never the verdict. */
export const whileThereIsTime = { interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false } as const
