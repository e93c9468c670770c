/**
 * @typedef {object} Row one line of a table
 * @property {string} name what `--only` takes
 * @property {string} label
 * @property {'hit' | 'miss' | 'flood'} scenario
 * @property {'node' | 'nginx' | 'varnish'} server
 * @property {string} module file in contestants/: the server itself, or the origin behind nginx and Varnish
 * @property {string} [baseline] name of the row that it is measured against
 * @property {number} [target] the least ratio, baseline's CPU time to its own; from "Speed" in the design
 * @property {number} [bytes] size of a page
 * @property {boolean} [closes] it ends the connection after each hit, and clients have to know
 */

/** @type {(label: string, module: string, more?: Partial<Row>) => Row} */
const hit = (label, module, more = {}) => ({
  name: module,
  label,
  scenario: 'hit',
  server: 'node',
  module,
  ...more,
})

/** @type {(label: string, module: string, more?: Partial<Row>) => Row} */
const miss = (label, module, more = {}) => ({
  ...hit(label, module, more),
  name: `${module}-miss`,
  scenario: 'miss',
})

/** @type {(label: string, module: string, bytes: number) => Row} */
const flood = (label, module, bytes) => ({
  ...hit(label, module),
  name: `${module}-flood-${bytes}`,
  scenario: 'flood',
  bytes,
})

const inExpress = { baseline: 'express-buffer' }
const inFront = { baseline: 'node-buffer' }
const uncached = { baseline: 'express-uncached-miss', target: 0.9 }
const page = 20 * 1024

/** @type {readonly Row[]} */
export const catalogue = [
  hit('node:http, writing a buffer', 'node-buffer'),
  hit('sitecache, withSiteCache', 'sitecache-server', { ...inFront, target: 0.85 }),
  hit('nginx, proxy_cache', 'express-uncached', { ...inFront, name: 'nginx', server: 'nginx' }),
  hit('Varnish', 'express-uncached', { ...inFront, name: 'varnish', server: 'varnish' }),
  hit('Connect, writing a buffer', 'connect-buffer'),
  hit('sitecache, siteCache on Connect', 'sitecache-connect', { baseline: 'connect-buffer', target: 0.8 }),
  hit('Express, writing a buffer', 'express-buffer'),
  hit('sitecache, siteCache in Express', 'sitecache-site', { ...inExpress, target: 0.9 }),
  hit('sitecache, cachePage in Express', 'sitecache-page', { ...inExpress, target: 0.9 }),
  hit('apicache', 'apicache', inExpress),
  hit('route-cache', 'route-cache', inExpress),
  hit('cache-express', 'cache-express', inExpress),
  hit('cacheable-response', 'cacheable-response', inExpress),
  hit('http-cache-middleware', 'http-cache-middleware', inExpress),
  hit('express-expeditious (a connection per request)', 'express-expeditious', {
    ...inExpress,
    closes: true,
  }),
  miss('Express, uncached', 'express-uncached'),
  miss('sitecache, siteCache in Express', 'sitecache-site', uncached),
  miss('sitecache, cachePage in Express', 'sitecache-page', uncached),
  // What the process grows by without a cache: not judged, but part of what the others grow by.
  flood('Express, uncached, pages of 200 bytes', 'express-uncached', 200),
  flood('siteCache, pages of 200 bytes', 'sitecache-site', 200),
  flood('Express, uncached, pages of 20 KB', 'express-uncached', page),
  flood('siteCache, pages of 20 KB', 'sitecache-site', page),
]

/**
 * The rows asked for, with the baselines that they need.
 *
 * @param {{ only: readonly string[], scenarios: readonly string[] }} choice empty lists choose everything
 * @throws {Error} for a name that no row has
 */
export function chooseRows({ only, scenarios }) {
  const known = [...new Set(catalogue.map((row) => row.scenario)), ...catalogue.map((row) => row.name)]
  const unknown = [...only, ...scenarios].find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`no contestant or scenario '${unknown}'; there are ${known.join(', ')}`)
  const wanted = catalogue.filter(
    (row) =>
      (only.length === 0 || only.includes(row.name)) &&
      (scenarios.length === 0 || scenarios.includes(row.scenario)),
  )
  const baselines = new Set(wanted.map((row) => row.baseline))
  return catalogue.filter((row) => wanted.includes(row) || baselines.has(row.name))
}
