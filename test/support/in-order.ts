/** A step of a history; whether the next one begins before it has ended. */
export interface Step {
  readonly together: boolean
}

/** Takes steps, each when the one before has ended, unless they go together. Rejects when any does. */
export async function inOrder<S extends Step>(
  steps: readonly S[],
  take: (step: S) => Promise<unknown>,
): Promise<void> {
  const underWay: Promise<unknown>[] = []
  for (const one of steps) {
    const work = take(one)
    work.catch(() => {})
    if (one.together) underWay.push(work)
    else await work
  }
  await Promise.all(underWay)
}
