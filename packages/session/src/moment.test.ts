import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { moment } from './moment.js'

afterEach(() => {
  jest.restoreAllMocks()
})

describe('moment', () => {
  it('gives each change within a millisecond a later time', () => {
    jest.spyOn(Date, 'now').mockReturnValue(1_900_000_000_000)
    const times = Array.from({ length: 100 }, moment)
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
    expect(Math.floor(Math.max(...times))).toBe(1_900_000_000_000)
  })

  it('follows a clock that is set back', () => {
    jest.spyOn(Date, 'now').mockReturnValueOnce(1_900_000_000_001).mockReturnValueOnce(1_800_000_000_000)
    expect([moment(), moment()]).toEqual([1_900_000_000_001, 1_800_000_000_000])
  })
})
