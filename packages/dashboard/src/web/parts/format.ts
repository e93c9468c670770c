const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const NONE = '–'

/** `12,345` */
export function countText(count: number | undefined): string {
  return count === undefined ? NONE : whole.format(count)
}

/** `12.3K` beyond five digits. */
export function shortCount(count: number): string {
  return count < 100_000 ? whole.format(count) : compact.format(count)
}

/** `12.3`; more digits where it is small. */
export function rateText(rate: number): string {
  if (rate >= 100 || Number.isInteger(rate)) return whole.format(rate)
  return rate >= 10 ? rate.toFixed(1) : rate.toFixed(2)
}

/** `93.4 %`; never 100 where something is missing. */
export function percentText(share: number | undefined): string {
  if (share === undefined) return NONE
  const percent = share * 100
  const digits = percent >= 99.95 && percent < 100 ? 2 : 1
  const cut = Math.floor(percent * 10 ** digits + 1e-9) / 10 ** digits
  return `${cut.toFixed(percent === 100 || percent === 0 ? 0 : digits)} %`
}

/** A duration that is measured: `85 µs`, `12.3 ms`, `1.25 s`. */
export function latencyText(seconds: number | undefined): string {
  if (seconds === undefined) return NONE
  if (seconds < 0.001) return `${whole.format(seconds * 1e6)} µs`
  if (seconds < 0.01) return `${(seconds * 1000).toFixed(1)} ms`
  return seconds < 1 ? `${whole.format(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`
}

/** A duration that adds up, as number and unit: `4.2`, `h`. */
export function spanParts(seconds: number): readonly [number: string, unit: string] {
  if (seconds < 10) return [seconds.toFixed(seconds === 0 ? 0 : 1), 's']
  if (seconds < 100) return [seconds.toFixed(0), 's']
  if (seconds < 6000) return [(seconds / 60).toFixed(1), 'min']
  if (seconds < 360_000) return [(seconds / 3600).toFixed(1), 'h']
  return [(seconds / 86_400).toFixed(1), 'days']
}

/** A duration that adds up: `4.2 h`. */
export function spanText(seconds: number): string {
  return spanParts(seconds).join(' ')
}

/** `1.4 MB` */
export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return NONE
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? whole.format(value) : value.toFixed(1)} ${units[unit] ?? ''}`
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** Time of day where the browser is. */
export function timeText(at: number): string {
  return clock.format(at)
}

/** `3 min ago` */
export function agoText(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  return seconds < 1 ? 'now' : `${spanText(seconds).replace('.0 ', ' ')} ago`
}
