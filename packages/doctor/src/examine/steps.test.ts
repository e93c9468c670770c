import { describe, expect, it } from '@jest/globals'
import { Numbered } from './numbered.js'
import { filtered, inSlices, type Steps, sortedBy, summed } from './steps.js'

/** Does work, and counts its stops. */
function stopsOf<T>(steps: Steps<T>): { readonly value: T; readonly stops: number } {
  for (let stops = 0; ; stops += 1) {
    const step = steps.next()
    if (step.done === true) return { value: step.value, stops }
  }
}

const numbers = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_007)

describe('work in steps', () => {
  it('stops at least once in 1024 items', () => {
    expect(stopsOf(summed(numbers, (it) => it)).stops).toBeGreaterThanOrEqual(9)
    expect(stopsOf(filtered(numbers, (it) => it > 5)).stops).toBeGreaterThanOrEqual(9)
    expect(stopsOf(sortedBy(numbers, (it) => it)).stops).toBeGreaterThanOrEqual(30)
  })

  it('gives way to the event loop, and comes to an end', async () => {
    let isOver = false
    let turns = 0
    const turn = (): void => {
      turns += 1
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    function* work(): Steps<string> {
      // Whatever the machine: each of these takes longer than a slice.
      for (let i = 0; i < 5; i += 1) {
        const until = performance.now() + 10
        while (performance.now() < until);
        yield
      }
      return 'done'
    }
    expect(await inSlices(work())).toBe('done')
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(4)
  })

  it('rejects with what was thrown', async () => {
    // biome-ignore lint/correctness/useYield: it fails before its first stop
    function* broken(): Steps<never> {
      throw new Error('broken')
    }
    await expect(inSlices(broken())).rejects.toThrow('broken')
  })

  it.each([0, 1, 1024, 1025, 5000, 10_000])(
    'sorts %d items as one does at once, in order or not',
    (length) => {
      const items = numbers.slice(0, length).map((number, i) => ({ number: number % 50, i }))
      const sorted = [...items].sort((one, other) => one.number - other.number)
      expect(stopsOf(sortedBy(items, ({ number }) => number)).value).toEqual(sorted)
      expect(stopsOf(sortedBy(sorted, ({ number }) => number)).value).toEqual(sorted)
    },
  )
})

describe('Numbered', () => {
  it('numbers keys in their order, however many', () => {
    const numbered = new Numbered()
    const keys = [0, -1, 2 ** 53 - 1, 1, ...Array.from({ length: 5000 }, (_, i) => (i + 1) * 2 ** 21)]
    expect(keys.map((key) => numbered.of(key))).toEqual(keys.map((_, i) => i))
    expect(keys.map((key) => numbered.of(key))).toEqual(keys.map((_, i) => i))
    expect([numbered.count, numbered.find(1), numbered.find(5)]).toEqual([keys.length, 3, -1])
  })
})
