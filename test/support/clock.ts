import { afterEach, beforeEach, jest } from '@jest/globals'

let time = 0

/** In each test of a file that imports this, the time that the caches see stands still, but for `passSeconds`. */
beforeEach(() => {
  time = Date.now()
  jest.spyOn(Date, 'now').mockImplementation(() => time)
})

afterEach(() => {
  jest.restoreAllMocks()
})

/** Moves the time that the caches see. */
export function passSeconds(seconds: number): void {
  time += seconds * 1000
}
