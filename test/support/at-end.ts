import { afterEach } from '@jest/globals'
import { undoAll } from './undo.js'

const steps: (() => unknown)[] = []

afterEach(() => undoAll(steps))

/** Runs steps at the end of the test, the last one first. */
export function atEnd(...given: (() => unknown)[]): void {
  steps.push(...given)
}
