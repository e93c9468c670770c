import { type Measurement, measure } from './measure.js'

const PAGES = ['/', '/countries/CHE', '/places/100000', '/search?q=springfield', '/stats']
const LANGUAGE = 'en'

/** A page's first and second time. */
export interface Visit {
  readonly path: string
  readonly first: Measurement
  readonly second: Measurement
}

/** Visits each page twice, one after the other. */
export async function visitTwice(base: string): Promise<Visit[]> {
  const visits: Visit[] = []
  for (const path of PAGES) {
    const first = await measure(base + path, LANGUAGE)
    visits.push({ path, first, second: await measure(base + path, LANGUAGE) })
  }
  return visits
}

/** Was it answered from the cache? */
export function isHit({ status, cacheStatus }: Measurement): boolean {
  return status === 200 && /;\s*hit\b/.test(cacheStatus)
}

/** The visits as a table, two lines for each page. */
export function visitTable(visits: readonly Visit[]): string {
  const rows = visits.flatMap(({ path, first, second }) => [row(path, '1st', first), row('', '2nd', second)])
  const heading = ['page', '', 'ms', 'Age', 'Cache-Status']
  return [heading, ...rows].map(aligned).join('\n')
}

function row(path: string, time: string, { milliseconds, age, cacheStatus }: Measurement): string[] {
  return [path, time, milliseconds.toFixed(1), age, cacheStatus]
}

function aligned([path = '', time = '', ms = '', age = '', cacheStatus = '']: readonly string[]): string {
  return `  ${path.padEnd(24)}${time.padEnd(5)}${ms.padStart(7)}  ${age.padStart(3)}  ${cacheStatus}`
}

/** The few lines that matter: where to look, and what to try. */
export function guide(base: string): string {
  return `  Open   ${base}/countries/JPN
  Try    the bar at its foot: load again, purge, sign in, another language, stop the store
         ${base}/places/100000   one page for all, with a part for each visitor
         ${base}/cache           figures of the cache
         curl -si ${base}/stats | grep -iE '^(HTTP|age|cache-status|vary)'
  Stop   Ctrl+C`
}
