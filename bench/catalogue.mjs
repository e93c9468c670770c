/**
 * @typedef {object} Row one line of a table
 * @property {string} name what `--only` takes
 * @property {string} label
 * @property {'hit' | 'seen' | 'miss' | 'rate' | 'idle' | 'store' | 'scale' | 'stampede' | 'tags' | 'purge' | 'pause' | 'flood'} scenario
 * @property {'node' | 'nginx' | 'varnish'} server
 * @property {string} module file in contestants/: the server itself, or the origin behind nginx and Varnish
 * @property {import('./servers/stores.mjs').StoreKind} [store] what keeps its pages, when that is another process
 * @property {boolean} [uncached] it has no cache: its handler runs at every request
 * @property {string} [baseline] name of the row that it is measured against
 * @property {string} [beside] name of another one that it is compared with
 * @property {number} [target] the least ratio, baseline's CPU time to its own; of a stampede the most renders of a page,
 *   of a purge and of a pause the most milliseconds, of a rate the most times the baseline's p99
 * @property {boolean} [misses] at a rate: every URL is new
 * @property {boolean} [quick] `--quick` measures it
 * @property {number} [processes] several of it, over one store
 * @property {number} [tags] of each page
 * @property {number} [stored] pages that are stored before: `/page/1`, `/page/2` …
 * @property {boolean} [random] asks for these at random, and not for the first alone
 * @property {number} [bytes] size of a page
 * @property {number} [maxBytes] of its store
 * @property {string} [events] path of a stream of events that is read meanwhile
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

/** The same page from a store that is no baseline of the design's. @type {(label: string, store: import('./servers/stores.mjs').StoreKind) => Row} */
const kept = (label, store) => ({
  ...hit(label, 'sitecache-url', { baseline: 'express-uncached-store' }),
  ...(store === 'redis' ? {} : { beside: 'sitecache-redis-store' }),
  name: `sitecache-${store}-store`,
  scenario: 'store',
  store,
})

/** @type {(label: string, module: string, more?: Partial<Row>) => Row} */
const stampede = (label, module, more = {}) => ({
  ...hit(label, module, more),
  name: `${more.name ?? module}-stampede`,
  scenario: 'stampede',
})

/** Hits of a page that has so many tags. @type {(label: string, store: 'redis' | undefined, tags: number) => Row} */
const tagged = (label, store, tags) => ({
  ...hit(`${label}, ${tags} tags`, 'sitecache-tagged'),
  name: `${store ?? 'memory'}-${tags}-tags`,
  scenario: 'tags',
  ...(store && { store }),
  tags,
  ...(tags > 0 && { baseline: `${store ?? 'memory'}-0-tags` }),
})

/** Hits where so many pages are stored. @type {(label: string, module: string, stored: number, more?: Partial<Row>) => Row} */
const scaled = (label, module, stored, more = {}) => ({
  ...hit(label, module, more),
  name: `${module}-${stored}-stored`,
  scenario: 'scale',
  stored,
})

/** @type {(label: string, store?: 'redis') => Row} */
const purge = (label, store) => ({
  ...hit(label, 'sitecache-tagged', { target: 5, tags: 10, bytes: 200 }),
  name: `${store ?? 'memory'}-purge`,
  scenario: 'purge',
  ...(store && { store }),
})

/** @type {(label: string, module: string, bytes: number) => Row} */
const flood = (label, module, bytes) => ({
  ...hit(label, module),
  name: `${module}-flood-${bytes}`,
  scenario: 'flood',
  quick: true,
  bytes,
})

/** A hit in an application that somebody looks at. @type {(label: string, module: string, more?: Partial<Row>) => Row} */
const seen = (label, module, more = {}) => ({
  ...hit(label, module, { baseline: 'seen-by-nobody', quick: true, ...more }),
  name: more.name ?? module,
  scenario: 'seen',
})

/** At a fixed rate, from when a request was due. @type {(label: string, module: string, more?: Partial<Row>) => Row} */
const rated = (label, module, more = {}) => ({
  ...hit(label, module, more),
  name: `${module}-${more.misses ? 'miss-' : ''}rate`,
  scenario: 'rate',
  quick: true,
})

/** After a time without requests. @type {(label: string, module: string, more?: Partial<Row>) => Row} */
const idle = (label, module, more = {}) => ({
  ...hit(label, module, more),
  name: `${module}-idle`,
  scenario: 'idle',
  quick: true,
})

/** Asked for among those that are stored. @type {Partial<Row>} */
const random = { random: true, store: 'redis' }
/** All of them fit. @type {Partial<Row>} */
const small = { bytes: 200, random: true, maxBytes: 2 ** 30 }
const quick = { quick: true }
const inExpress = { baseline: 'express-buffer' }
const inFront = { baseline: 'node-buffer' }
const uncached = { baseline: 'express-uncached-miss' }
const page = 20 * 1024
const rendersOnce = { target: 1 }
const peers = ['apicache', 'route-cache', 'cache-express', 'cacheable-response', 'http-cache-middleware']

/** @type {readonly Row[]} */
export const catalogue = [
  hit('node:http, writing a buffer', 'node-buffer', quick),
  hit('sitecache, withSiteCache', 'sitecache-server', { ...inFront, ...quick, target: 0.85 }),
  hit('sitecache, withSiteCache, rfc9111', 'sitecache-server-rfc9111', { ...inFront, target: 0.85 }),
  hit('nginx, proxy_cache', 'express-uncached', { ...inFront, name: 'nginx', server: 'nginx' }),
  hit('Varnish', 'express-uncached', { ...inFront, name: 'varnish', server: 'varnish' }),
  hit('Connect, writing a buffer', 'connect-buffer'),
  hit('sitecache, siteCache on Connect', 'sitecache-connect', { baseline: 'connect-buffer', target: 0.8 }),
  hit('Express, writing a buffer', 'express-buffer'),
  hit('sitecache, siteCache in Express', 'sitecache-site', { ...inExpress, ...quick, target: 0.9 }),
  hit('sitecache, siteCache in Express, rfc9111', 'sitecache-site-rfc9111', { ...inExpress, target: 0.9 }),
  hit('sitecache, cachePage in Express', 'sitecache-page', { ...inExpress, ...quick, target: 0.9 }),
  hit('sitecache, tiered, in Express', 'sitecache-tiered', {
    baseline: 'sitecache-site',
    target: 0.9,
    store: 'redis',
  }),
  hit('Express, one GET of Redis', 'express-redis-get', { store: 'redis' }),
  hit('sitecache, Redis, in Express', 'sitecache-redis', {
    baseline: 'express-redis-get',
    target: 0.9,
    store: 'redis',
  }),
  hit('ocache', 'ocache', inExpress),
  hit('apicache', 'apicache', inExpress),
  hit('route-cache', 'route-cache', inExpress),
  hit('cache-express', 'cache-express', inExpress),
  hit('cacheable-response', 'cacheable-response', inExpress),
  hit('http-cache-middleware', 'http-cache-middleware', inExpress),
  hit('express-expeditious (a connection per request)', 'express-expeditious', {
    ...inExpress,
    closes: true,
  }),
  seen('siteCache in Express, nobody listens', 'sitecache-site', {
    name: 'seen-by-nobody',
    baseline: undefined,
  }),
  seen('with metrics()', 'sitecache-metrics', { target: 0.97 }),
  seen('with a middleware mounted that does nothing', 'sitecache-mount'),
  seen('with the dashboard mounted', 'sitecache-dashboard', { target: 0.95 }),
  seen('with the dashboard open, one stream of events', 'sitecache-dashboard', {
    name: 'sitecache-dashboard-open',
    target: 0.95,
    events: '/cache/api/live',
  }),
  seen('with doctor()', 'sitecache-doctor'),
  miss('Express, uncached', 'express-uncached', quick),
  miss('Express, the least that a cache does', 'express-least', { ...uncached, ...quick }),
  miss('sitecache, siteCache in Express', 'sitecache-site', { ...uncached, ...quick, target: 0.68 }),
  miss("sitecache, siteCache, inputs: 'declared'", 'sitecache-declared', { ...uncached, target: 0.78 }),
  miss('sitecache, cachePage in Express', 'sitecache-page', { ...uncached, ...quick, target: 0.68 }),
  ...peers.map((name) => miss(name, name, uncached)),
  rated('node:http, writing a buffer', 'node-buffer'),
  rated('sitecache, withSiteCache', 'sitecache-server', { baseline: 'node-buffer-rate', target: 1.5 }),
  rated('Express, writing a buffer', 'express-buffer'),
  rated('sitecache, siteCache in Express', 'sitecache-site', {
    baseline: 'express-buffer-rate',
    target: 1.5,
  }),
  rated('Express, uncached', 'express-uncached', { misses: true }),
  rated('sitecache, siteCache in Express, misses', 'sitecache-site', {
    misses: true,
    baseline: 'express-uncached-miss-rate',
    target: 1.5,
  }),
  idle('node:http, writing a buffer', 'node-buffer'),
  idle('sitecache, withSiteCache', 'sitecache-server', { baseline: 'node-buffer-idle', target: 0.88 }),
  idle('Express, writing a buffer', 'express-buffer'),
  idle('sitecache, siteCache in Express', 'sitecache-site', {
    baseline: 'express-buffer-idle',
    target: 0.92,
  }),
  hit('Express, uncached', 'express-uncached', {
    name: 'express-uncached-store',
    scenario: 'store',
    uncached: true,
  }),
  kept('Redis', 'redis'),
  kept('memcached', 'memcached'),
  kept('PostgreSQL', 'postgres'),
  kept('SQLite', 'sqlite'),
  kept('files', 'file'),
  stampede('sitecache, memory', 'sitecache-site', rendersOnce),
  stampede('sitecache, Redis', 'sitecache-redis', { ...rendersOnce, store: 'redis' }),
  stampede('sitecache, tiered', 'sitecache-tiered', { ...rendersOnce, store: 'redis' }),
  stampede('sitecache, Redis, 2 processes', 'sitecache-redis', {
    name: 'sitecache-redis-processes',
    processes: 2,
    store: 'redis',
  }),
  stampede('sitecache, Redis, 2 processes, lock', 'sitecache-lock', {
    ...rendersOnce,
    processes: 2,
    store: 'redis',
  }),
  ...peers.map((name) => stampede(name, name)),
  ...[0, 10, 1000, 10_000].map((tags) => tagged('memory', undefined, tags)),
  ...[0, 10, 1000, 10_000].map((tags) => tagged('Redis', 'redis', tags)),
  scaled('Express, one GET of Redis, 3000 pages at random', 'express-redis-get', 3000, random),
  scaled('sitecache, Redis, 3000 pages at random', 'sitecache-redis', 3000, {
    ...random,
    baseline: 'express-redis-get-3000-stored',
    target: 0.92,
  }),
  scaled('sitecache, memory, of 1000 pages', 'sitecache-full', 1000, small),
  ...[10_000, 100_000].map((stored) =>
    scaled(`sitecache, memory, of ${stored} pages`, 'sitecache-full', stored, {
      ...small,
      baseline: 'sitecache-full-1000-stored',
      target: 0.9,
    }),
  ),
  purge('memory'),
  purge('Redis', 'redis'),
  {
    ...hit('siteCache, a full store', 'sitecache-full', { target: 15 }),
    name: 'pause',
    scenario: 'pause',
    quick: true,
  },
  // What the process grows by without a cache: not judged, but part of what the others grow by.
  flood('Express, uncached, pages of 200 bytes', 'express-uncached', 200),
  flood('siteCache, pages of 200 bytes', 'sitecache-site', 200),
  flood('Express, uncached, pages of 20 KB', 'express-uncached', page),
  flood('siteCache, pages of 20 KB', 'sitecache-site', page),
]

/**
 * The rows asked for, with the baselines that they need.
 *
 * @param {{ only: readonly string[], scenarios: readonly string[], quick?: boolean }} choice empty lists choose everything
 * @throws {Error} for a name that no row has
 */
export function chooseRows({ only, scenarios, quick = false }) {
  const known = [...new Set(catalogue.map((row) => row.scenario)), ...catalogue.map((row) => row.name)]
  const unknown = [...only, ...scenarios].find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`no contestant or scenario '${unknown}'; there are ${known.join(', ')}`)
  const wanted = catalogue.filter(
    (row) =>
      (only.length === 0 || only.includes(row.name)) &&
      (scenarios.length === 0 || scenarios.includes(row.scenario)) &&
      (!quick || only.length > 0 || row.quick === true),
  )
  const needed = new Set(wanted.flatMap(withBaselines))
  return catalogue.filter((row) => needed.has(row))
}

/** A row, what it is measured against, what that is measured against … @param {Row | undefined} row @returns {Row[]} */
function withBaselines(row) {
  if (row === undefined) return []
  const against = [row.baseline, row.beside].filter((name) => name !== undefined)
  return [row, ...against.flatMap((name) => withBaselines(catalogue.find((other) => other.name === name)))]
}
