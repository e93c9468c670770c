import { describe, expect, it } from '@jest/globals'
import { within } from './within.js'

const late = () => new Error('late')

/** Keeps the event loop from all else. */
function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** An operation that needs some turns of the event loop, to be sent and to be answered. */
async function inTurns(turns: number): Promise<string> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  return 'answer'
}

describe('within', () => {
  it('does not count the time for which the event loop stood still', async () => {
    const answer = within(() => inTurns(5), 20, late)
    standStill(500)
    expect(await answer).toBe('answer')
  })

  it('gives up an operation that never ends, also where the event loop stood still', async () => {
    const never = within(() => new Promise(() => {}), 5, late)
    standStill(10)
    await expect(never).rejects.toThrow('late')
    await expect(within(() => new Promise(() => {}), 5, late)).rejects.toThrow('late')
  })

  it('rejects as the operation does', async () => {
    await expect(within(() => Promise.reject(new Error('broken')), 1000, late)).rejects.toThrow('broken')
  })
})
