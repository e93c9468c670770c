import type { ReasonText } from './results.js'

/**
 * Returns the lines by which `explain` tells of a word, on a terminal and in the reference: one
 * text for both.
 *
 * @param word reason, or value of `fwd`
 */
export function reasonLines(word: string, { means, cause, remedy, code }: ReasonText): readonly string[] {
  return [`${word}: ${means}`, `  Cause:  ${cause}`, `  Remedy: ${remedy}`, `          ${code}`]
}
