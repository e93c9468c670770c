import type { ReasonText } from './results.js'

/** Reasons that come to light while a page is made and stored. */
export const PAGE_REASONS = {
  'store-if': {
    means: 'The application does not want this page stored.',
    cause: 'The option `storeIf(req, res)` did not answer true.',
    remedy: 'Answer true for the pages that may be stored: nothing else counts as a yes.',
    code: 'siteCache({ storeIf: (req, res) => res.statusCode === 200 })',
  },
  inputs: {
    means: 'The page depends on something that no key can tell.',
    cause: "It was read after the head was sent, is too much, or (inputs: 'strict') is not named in Vary.",
    remedy: 'Name it before the head goes out.',
    code: "patchVaryHeaders(res, ['Accept-Language'])",
  },
  address: {
    means: 'The page depends on where its client is.',
    cause: 'Its handler, or a middleware for all pages, read req.ip, remoteAddress or a certificate.',
    remedy: 'Read what matters of it, such as the country, into the key, above the cache.',
    code: 'siteCache({ keyParts: (req) => [countryOf(req)] })',
  },
  'session-changed': {
    means: 'The session changed while the page was made, so the next visit sees another page.',
    cause: 'The handler wrote to req.session: a counter, a flash message, a returnTo.',
    remedy: 'Write to the session in requests that change something, or after the response.',
    code: "app.post('/cart', (req, res) => { req.session.cart = req.body.id; res.redirect('/') })",
  },
  nonce: {
    means: 'The page names the nonce of a policy that is made for each response.',
    cause: 'Content-Security-Policy of a middleware above the cache has a nonce, and the body its value.',
    remedy: 'Use hashes, which can be stored; or put the nonce into a hole.',
    code: 'helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["\'sha256-…\'"] } } })',
  },
  rewritten: {
    means: 'A middleware between updateCache() and fetchFromCache() changed the body.',
    cause: 'It wraps res.end, and would change the stored body once more on each hit.',
    remedy: 'Put it above updateCache(), or below fetchFromCache().',
    code: 'app.use(minify(), updateCache(), fetchFromCache())',
  },
  holes: {
    means: 'The holes of the page could not be told from the rest of it.',
    cause: 'A middleware between the cache and the handler rewrote the body.',
    remedy: 'Put that middleware above the cache.',
    code: 'app.use(minify(), siteCache())',
  },
  aborted: {
    means: 'The response did not come to its end.',
    cause: 'The client left, or the handler destroyed the response.',
    remedy: 'Nothing needs to be done. Where it is frequent, see how long the page takes to render.',
    code: "cache.on('exchange', ({ reason, renderMs }) => console.log(reason, renderMs))",
  },
  length: {
    means: 'The body is longer or shorter than its head says.',
    cause: 'Content-Length, or Content-Range, counts characters, or bytes before they were encoded.',
    remedy: 'Leave the field out, or count bytes.',
    code: "res.setHeader('Content-Length', Buffer.byteLength(body))",
  },
  purged: {
    means: 'The page was purged while it was made.',
    cause: 'Its URL, a tag, its route or the cache was invalidated since its render began.',
    remedy: 'Nothing needs to be done: the next request renders it. Where it is frequent, purge less.',
    code: "await invalidateTags('article:' + article.id)",
  },
  overtaken: {
    means: 'Another process has stored a page that is newer.',
    cause: 'Several processes rendered the page at the same time.',
    remedy: 'Have one process render it at a time.',
    code: 'siteCache({ lock: true })',
  },
  outdated: {
    means: 'The stored page was found to be out of date, and was dropped.',
    cause: 'A HEAD, or a 304 about another representation, showed it (RFC 9111 §4.3.4, §4.3.5).',
    remedy: 'Nothing needs to be done: the next GET renders it.',
    code: 'app.use(conditionalGet())',
  },
  refetched: {
    means: 'The page was asked for once more, whole, by a request of the cache itself.',
    cause: 'What the handler sent did not fit what was stored: parts that changed, another 304.',
    remedy: 'Give each state of the page an ETag of its own.',
    code: "res.setHeader('ETag', JSON.stringify(version))",
  },
  admission: {
    means: 'The store did not keep the page, and has it come again first.',
    cause: 'It is full, and a large page that is asked for once would drive out many; or it is a dummy.',
    remedy: 'Nothing needs to be done: a page that is asked for again is kept. Or give the store room.',
    code: 'memoryStore({ maxBytes: 256 * 2 ** 20 })',
  },
  store: {
    means: 'The store did not take the page.',
    cause: 'It is down, full, read-only or slow.',
    remedy: 'Look at what it says of itself.',
    code: 'await cache.store.check()',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
