import { setTimeout as wait } from 'node:timers/promises'

/** The page that every contestant serves, rendered anew for each id; 20 KB unless the host is told otherwise. */

export const pageBytes = Number(process.env.BENCH_PAGE_BYTES ?? 20 * 1024)

/** How long a handler takes, in milliseconds, beside its work: 0 unless the host is told otherwise. */
const renderMs = Number(process.env.BENCH_RENDER_MS ?? 0)

/** How often a handler has run: what shows that a hit was a hit. */
export const renders = { count: 0 }

const words = ['cache', 'vary', 'fresh', 'stale', 'key', 'page', 'store', 'entry', 'age', 'purge']

/**
 * The body of `/page/:id`, exactly `bytes` long (at least those of its last tags).
 *
 * @param {string} id
 */
export function pageBody(id, bytes = pageBytes) {
  let html = `<!doctype html><html lang="en"><head><title>Page ${id}</title></head><body><ul>\n`
  const end = '</ul></body></html>\n'
  const room = Math.max(bytes - end.length, 0)
  for (let row = 0; html.length < room; row++) html += listItem(id, row)
  return html.slice(0, room) + end
}

/**
 * @param {string} id
 * @param {number} row
 */
function listItem(id, row) {
  return `<li><a href="/page/${id}/item/${row}">Item ${row}: ${words[row % words.length]} of page ${id}</a></li>\n`
}

/**
 * What a handler behind a cache does: the work that a hit saves.
 *
 * @param {string} id
 * @returns {string | Promise<string>} a promise only where it is to take its time
 */
export function renderPage(id) {
  renders.count += 1
  return renderMs === 0 ? pageBody(id) : wait(renderMs).then(() => pageBody(id))
}

/** The id in a request's URL, for servers without a router. @param {string} url */
export function pageId(url) {
  return url.slice('/page/'.length)
}

/**
 * How long a store is waited for, in milliseconds. Longer than by default: on a machine that is busy otherwise, the one
 * answer in a million that comes late is to stand in the p99, and not to end the round as a miss.
 */
export const storeTimeout = 2000
