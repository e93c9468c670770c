import type { ReasonText } from './results.js'

/** Why a request went on to the handler: values of `fwd` (RFC 9211 §2.2). */
export const FORWARDS = {
  'uri-miss': {
    means: 'No page of this URL was stored.',
    cause: 'It was not asked for yet, was purged, has expired for good, or was evicted for room.',
    remedy: 'Fill the pages that matter before visitors come.',
    code: "await warm(['https://shop.example/', 'https://shop.example/pricing'], { app })",
  },
  'vary-miss': {
    means: 'Pages of this URL are stored, but none for what this request says in the fields that choose.',
    cause: 'Each value of a header, cookie or session that the page depends on has a page of its own.',
    remedy: 'Reduce the values to those that make a difference.',
    code: "siteCache({ buckets: { 'accept-language': ['en', 'fr'] } })",
  },
  stale: {
    means: 'A page is stored, but is no longer fresh.',
    cause: 'Its timeout is over, or a soft purge made it stale.',
    remedy: 'Serve the old page while a new one is made.',
    code: "siteCache({ staleWhileRevalidate: '1m' })",
  },
  request: {
    means: 'The client asked for a page that is newer than the stored one.',
    cause: "Its Cache-Control says no-cache, no-store, max-age or min-fresh (policy 'rfc9111').",
    remedy: "Under policy 'django' clients can't force work on the handler.",
    code: "siteCache({ policy: 'django' })",
  },
  partial: {
    means: 'A part of the page is stored (206), and the request needs more of it.',
    cause: 'Earlier requests asked for a range, and the handler answered with that range alone.',
    remedy: 'Nothing needs to be done: the rest is asked for, and joined.',
    code: "app.use(express.static('public', { acceptRanges: false }))",
  },
  method: {
    means: 'Responses to this method are not looked up.',
    cause: 'GET and HEAD are; QUERY and POST where the option says so.',
    remedy: 'Name the methods whose responses depend on their content alone.',
    code: "siteCache({ methods: ['GET', 'HEAD', 'QUERY'] })",
  },
  bypass: {
    means: 'The request went past the cache; the reason says why.',
    cause: 'An option, or something about the request, keeps the cache out of it.',
    remedy: 'Look up the reason that stands in detail.',
    code: "cache.on('exchange', ({ result, reason }) => console.log(result, reason))",
  },
} as const satisfies Readonly<Record<string, ReasonText>>

/** Why a request went on to the handler. */
export type Forward = keyof typeof FORWARDS
