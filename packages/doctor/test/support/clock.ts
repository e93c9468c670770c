import { afterEach, beforeEach, jest } from '@jest/globals'

import { seeded } from './load.js'

const BEGIN = Date.UTC(2026, 0, 5)
let now = 0

/**
 * Time stands still, but for `setSeconds` and `passMilliseconds`: for the caches, and for what they measure. Chance is
 * the same in each run.
 */
beforeEach(() => {
  now = 0
  jest.spyOn(Date, 'now').mockImplementation(() => BEGIN + now)
  jest.spyOn(performance, 'now').mockImplementation(() => now)
  jest.spyOn(Math, 'random').mockImplementation(seeded(3))
})

afterEach(() => {
  jest.restoreAllMocks()
})

/** Sets the time, in seconds since the beginning of the test. */
export function setSeconds(seconds: number): void {
  now = seconds * 1000
}

/** Seconds since the beginning of the test. */
export function seconds(): number {
  return now / 1000
}

/** Lets a part of the application take its time. */
export function passMilliseconds(milliseconds: number): void {
  now += milliseconds
}
