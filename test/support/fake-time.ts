import { afterEach, beforeEach, jest } from '@jest/globals'

/** Has a file's tests run in a time of their own, in which nothing waits; turns of the event loop are real. */
export function useFakeTime(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })
}

/** Lets so many milliseconds pass, and runs the timers of these. */
export function passMilliseconds(milliseconds: number): Promise<void> {
  return jest.advanceTimersByTimeAsync(milliseconds)
}

/** Lets time pass, 5 milliseconds a step, until the work has settled. */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  work.then(settle, settle)
  while (!isSettled) await passMilliseconds(5)
  return work
}

/** Lets time pass, 5 milliseconds a step, until something holds. */
export async function untilInTime(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let step = 0; !(await holds()); step += 1) {
    if (step === 2000) throw new Error(`not within 10 seconds: ${holds}`)
    await passMilliseconds(5)
  }
}
