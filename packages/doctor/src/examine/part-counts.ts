import { pairNumber } from '../sample/key-number.js'
import type { LookUp } from '../sample/look-up.js'
import { Numbered } from './numbered.js'
import { forEach, type Steps } from './steps.js'

/** Look-ups that have a part, and the numbers of its distinct values. */
export interface PartCounts {
  readonly lookUps: number
  /** As the key has them. */
  readonly values: number
  /** As they were sent. */
  readonly sent: number
}

interface Counting {
  lookUps: number
  values: number
  sent: number
  last: number
}

/** Counts the values of each parameter, or of each input, by its name. */
export function* partCounts(
  lookUps: readonly LookUp[],
  kind: 'eachParam' | 'eachInput',
): Steps<ReadonlyMap<string, PartCounts>> {
  const counts = new Map<string, PartCounts>()
  const byNumber: (Counting | undefined)[] = []
  const [values, sent] = [new Numbered(), new Numbered()]
  let current = 0
  const visit = (name: string, value: number, number: number, raw: number): void => {
    let known = byNumber[number]
    if (known === undefined) {
      known = { lookUps: 0, values: 0, sent: 0, last: -1 }
      byNumber[number] = known
      counts.set(name, known)
    }
    // A parameter may come twice.
    if (known.last !== current) known.lookUps += 1
    known.last = current
    if (isNew(values, number, value)) known.values += 1
    if (isNew(sent, number, raw)) known.sent += 1
  }
  yield* forEach(lookUps, (lookUp, i) => {
    current = i
    lookUp[kind](visit)
  })
  return counts
}

function isNew(numbered: Numbered, name: number, value: number): boolean {
  const { count } = numbered
  return numbered.of(pairNumber(name, value)) === count
}
