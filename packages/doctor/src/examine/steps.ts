import { setImmediate as turnOfEventLoop } from 'node:timers/promises'

/** Work that stops now and then, so that something else can be done before it goes on. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Look-ups between two stops. */
export const EVERY = 1024
/** Milliseconds of work between two turns of the event loop. */
const SLICE_MS = 8

/** Does work in slices, between which the process serves requests. */
export async function inSlices<T>(steps: Steps<T>): Promise<T> {
  let began = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - began < SLICE_MS) continue
    await turnOfEventLoop()
    began = performance.now()
  }
}

/** Calls a function with each of many. */
export function* forEach<T>(all: readonly T[], visit: (it: T, i: number) => void): Steps<void> {
  for (let from = 0; from < all.length; from += EVERY) {
    const to = Math.min(all.length, from + EVERY)
    for (let i = from; i < to; i += 1) visit(all[i] as T, i)
    yield
  }
}

/** Returns those of many that a function chooses. */
export function* filtered<T>(all: readonly T[], isChosen: (it: T, i: number) => boolean): Steps<T[]> {
  const chosen: T[] = []
  yield* forEach(all, (it, i) => {
    if (isChosen(it, i)) chosen.push(it)
  })
  return chosen
}

/** Returns the sum of a number of each. */
export function* summed<T>(all: readonly T[], of: (it: T, i: number) => number): Steps<number> {
  let sum = 0
  yield* forEach(all, (it, i) => {
    sum += of(it, i)
  })
  return sum
}

/** Returns many in the order of a number of each; those of one number stay in their order. */
export function* sortedBy<T>(all: readonly T[], of: (it: T) => number): Steps<T[]> {
  if (yield* isInOrder(all, of)) return [...all]
  let runs: T[][] = []
  for (let from = 0; from < all.length; from += EVERY) {
    runs.push(all.slice(from, from + EVERY).sort((one, other) => of(one) - of(other)))
    yield
  }
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let i = 0; i < runs.length; i += 2)
      merged.push(yield* mergedOf(runs[i] ?? [], runs[i + 1] ?? [], of))
    runs = merged
  }
  return runs[0] ?? []
}

function* isInOrder<T>(all: readonly T[], of: (it: T) => number): Steps<boolean> {
  let [last, isOrdered] = [Number.NEGATIVE_INFINITY, true]
  yield* forEach(all, (it) => {
    const number = of(it)
    if (number < last) isOrdered = false
    last = number
  })
  return isOrdered
}

function* mergedOf<T>(one: T[], other: readonly T[], of: (it: T) => number): Steps<T[]> {
  const merged: T[] = []
  for (let [i, j] = [0, 0]; i < one.length || j < other.length; ) {
    const [left, right] = [one[i], other[j]]
    const isLeft = right === undefined || (left !== undefined && of(left) <= of(right))
    merged.push((isLeft ? left : right) as T)
    if (isLeft) i += 1
    else j += 1
    if (merged.length % EVERY === 0) yield
  }
  return merged
}
