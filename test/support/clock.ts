import { afterEach, jest } from '@jest/globals'

let ahead = 0

/** Moves the time that the caches see; it is put back after each test. */
export function passSeconds(seconds: number): void {
  if (ahead === 0) {
    const real = Date.now
    jest.spyOn(Date, 'now').mockImplementation(() => real.call(Date) + ahead)
  }
  ahead += seconds * 1000
}

afterEach(() => {
  ahead = 0
  jest.restoreAllMocks()
})
