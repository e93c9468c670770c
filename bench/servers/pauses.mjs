import { PerformanceObserver } from 'node:perf_hooks'

/** Pauses of the garbage collector in this process, in milliseconds, since they were last asked for. */
export function watchPauses() {
  let seen = { longest: 0, total: 0, count: 0 }
  const note = (entries) => {
    for (const { duration } of entries) {
      seen.longest = Math.max(seen.longest, duration)
      seen.total += duration
      seen.count += 1
    }
  }
  const observer = new PerformanceObserver((list) => note(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return () => {
    note(observer.takeRecords())
    const pauses = seen
    seen = { longest: 0, total: 0, count: 0 }
    return pauses
  }
}
