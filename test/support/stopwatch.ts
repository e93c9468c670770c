const TICK_MS = 10

/**
 * Measures in time that this process was given: a timer of 10 milliseconds that fires late fires once. What a process
 * waits for by timers of its own takes so long by it on any machine, however busy; what it computes, less.
 *
 * @returns what tells how many milliseconds it has counted; it is up to 10 behind
 */
export function stopwatch(): () => number {
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, TICK_MS)
  timer.unref()
  return () => ticks * TICK_MS
}
