import { Agent, get } from 'node:http'

const INTERVAL_MS = 700
const LANGUAGES = ['en', 'en', 'en', 'de', 'fr', 'es', 'ja']
const PATHS = [
  '/',
  '/stats',
  '/search?q=san',
  '/search?q=berg',
  ...['JPN', 'BRA', 'FRA', 'IND', 'KEN', 'DEU', 'MEX', 'AUS', 'CAN', 'ITA'].map(
    (code) => `/countries/${code}`,
  ),
  ...[1000, 20_000, 40_000, 60_000, 80_000, 120_000, 140_000, 160_000].map((id) => `/places/${id}`),
]

/**
 * Visits pages, so that there are figures to look at: about one a second, the first of the list most often. Each is asked for in a language
 * (`?lang=`), so that the pages that you look at are left to you.
 *
 * @returns a function that stops it
 */
export function startTraffic(base: string, random: () => number = Math.random): () => void {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const pick = (list: readonly string[], skew = 1) => list[Math.floor(list.length * random() ** skew)] ?? ''
  const timer = setInterval(() => {
    const path = pick(PATHS, 3)
    visit(`${base}${path}${path.includes('?') ? '&' : '?'}lang=${pick(LANGUAGES)}`, agent)
  }, INTERVAL_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    agent.destroy()
  }
}

function visit(url: string, agent: Agent): void {
  const request = get(url, { agent, headers: { 'accept-encoding': 'gzip' } }, (response) => response.resume())
  // The server is stopping: there is nothing to do about it.
  request.on('error', () => {})
}
