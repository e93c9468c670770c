/** The page that every contestant serves, rendered anew for each id; 20 KB unless the host is told otherwise. */

export const pageBytes = Number(process.env.BENCH_PAGE_BYTES ?? 20 * 1024)

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
 */
export function renderPage(id) {
  renders.count += 1
  return pageBody(id)
}

/** The id in a request's URL, for servers without a router. @param {string} url */
export function pageId(url) {
  return url.slice('/page/'.length)
}
