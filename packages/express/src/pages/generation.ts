import { randomUUID } from 'node:crypto'

const processName = randomUUID()
let generations = 0

/**
 * Makes a name that no generation of any process had before: what was stored under another one
 * can't be found any more.
 */
export function newGeneration(): string {
  generations += 1
  return `${processName}.${generations}`
}
