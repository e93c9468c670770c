import { afterAll } from '@jest/globals'

const TICK_MS = 10

let ticks = 0
const timer = setInterval(() => {
  ticks += 1
}, TICK_MS)
timer.unref()
afterAll(() => clearInterval(timer))

/**
 * Measures in time that this process was given: a timer of 10 milliseconds that fires late fires once. What a process
 * waits for by timers of its own takes so long by it on any machine, however busy, and what it computes takes less.
 *
 * @returns tells how many milliseconds it has counted, in tens
 */
export function stopwatch(): () => number {
  const began = ticks
  return () => (ticks - began) * TICK_MS
}
