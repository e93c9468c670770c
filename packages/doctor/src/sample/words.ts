import { REASONS, RESULTS, type Reason, type Result } from '@sitecache/http'

const results = Object.keys(RESULTS) as Result[]
const reasons = Object.keys(REASONS) as Reason[]

/** Number of a result in the sample. */
export function resultNumber(result: Result): number {
  return Math.max(0, results.indexOf(result))
}

export function resultAt(number: number): Result {
  return results[number] ?? 'bypass'
}

/** Number of a reason in the sample; 0: none, or one that the application has made up. */
export function reasonNumber(reason: Reason | undefined): number {
  return reason === undefined ? 0 : reasons.indexOf(reason) + 1
}

export function reasonAt(number: number): Reason | undefined {
  return number === 0 ? undefined : reasons[number - 1]
}
