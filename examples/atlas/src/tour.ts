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

/** What to click and what to type. */
export function guide(base: string): string {
  return `To click:
  ${base}/                     all countries; the foot of each page says when it was rendered
  ${base}/countries/JPN        a country, in your browser's language
  ${base}/countries/JPN?lang=ja   … in Japanese
  ${base}/search?q=san+juan    kept for a minute: cacheControl({ public: true, maxAge: 60 })
  ${base}/stats                kept for 15 minutes: cachePage('15m')
  ${base}/account              signed-in part: never kept

To type; the second time, Cache-Status says hit and Age counts:
  curl -si ${base}/countries/BRA | grep -iE '^(HTTP|age|cache-status|vary)'
  curl -si -H 'Accept-Language: de-CH, fr;q=0.8' ${base}/countries/BRA | grep -iE '^(HTTP|age|cache-status|vary|content-language)|<h1'
  curl -si -H 'Accept-Language: ja' ${base}/countries/BRA | grep -iE '^(HTTP|age|cache-status|vary|content-language)|<h1'

To sign in; the account's pages are never kept, however often you ask. That of a place is, for everybody, and yet shows who you are:
  curl -s -c atlas.cookies -d name=Ada ${base}/login
  curl -s -b atlas.cookies -X POST ${base}/places/100000/favourite
  curl -si -b atlas.cookies ${base}/account | grep -iE '^(HTTP|age|cache-)|<strong>|places/'
  curl -si -b atlas.cookies ${base}/places/100000 | grep -iE '^(HTTP|age|cache-)|<strong>.*</p>|★'
  curl -si ${base}/places/100000 | grep -iE '^(HTTP|age|cache-)|★'`
}
