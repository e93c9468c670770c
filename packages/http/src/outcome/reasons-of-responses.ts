import type { ReasonText } from './results.js'

/** Reasons by what the response says of itself, and by options about it. */
export const RESPONSE_REASONS = {
  status: {
    means: 'Responses of this status are not stored.',
    cause: "Policy 'django' stores 200 alone; a 304, a 1xx and what answers one request alone never are.",
    remedy: 'Name the statuses that may be stored.',
    code: 'siteCache({ statuses: [200, 301, 404] })',
  },
  'content-range': {
    means: 'The body may be a part, and its status does not say so.',
    cause: 'Content-Range stands on a response that is no 206 (RFC 9110 §14.4).',
    remedy: 'Send the part as 206, or leave the field out.',
    code: "res.removeHeader('Content-Range')",
  },
  stream: {
    means: 'The response is a stream of events, which has no end.',
    cause: 'Its Content-Type is text/event-stream or the like.',
    remedy: 'Nothing needs to be done.',
    code: "res.type('text/event-stream')",
  },
  'no-store': {
    means: 'The response, or its request, forbids every cache to store it.',
    cause: 'Cache-Control: no-store, by the handler, by `neverCache`, or by a middleware for all pages.',
    remedy: 'Take it from the pages that may be stored.',
    code: "res.setHeader('Cache-Control', 'public, max-age=60')",
  },
  private: {
    means: "The response is for one visitor's own cache.",
    cause: 'Cache-Control: private, as many frameworks send by default.',
    remedy: 'Say public for pages that all may see; what differs goes into a hole.',
    code: 'cacheControl({ public: true, sMaxage: 300 })',
  },
  'no-cache': {
    means: 'The response must be validated at each use, and has nothing to be validated by.',
    cause: "Cache-Control: no-cache, without ETag or Last-Modified; under policy 'django' always.",
    remedy: 'Give it a lifetime for shared caches, or an ETag.',
    code: "res.setHeader('Cache-Control', 's-maxage=60, max-age=0')",
  },
  'vary-star': {
    means: 'The response says that no request can be known to get the same.',
    cause: 'Vary: * (RFC 9110 §12.5.5).',
    remedy: 'Name the fields that choose the page.',
    code: "varyOnHeaders('Accept-Language')",
  },
  'content-encoding': {
    means: 'The client does not accept the coding of the body.',
    cause: 'The handler encodes whatever Accept-Encoding says.',
    remedy: 'Leave the coding to a middleware that negotiates it.',
    code: 'app.use(compression())',
  },
  'transfer-encoding': {
    means: 'The body is encoded for this transfer alone.',
    cause: 'Transfer-Encoding names gzip, compress or deflate (RFC 9112 §7).',
    remedy: 'Use Content-Encoding, which is part of the page.',
    code: "res.setHeader('Content-Encoding', 'gzip')",
  },
  'set-cookie': {
    means: 'The response sets a cookie, which is for one client alone.',
    cause: 'A session that begins with each visit, a CSRF token, an A/B test, a load balancer.',
    remedy: 'Begin sessions when there is something in them; or store the page without the cookie.',
    code: 'session({ secret, resave: false, saveUninitialized: false })',
  },
  authorization: {
    means: 'The request has credentials, and the response does not say that it may be shared.',
    cause: 'Authorization, without public, s-maxage or must-revalidate (RFC 9111 §3.5).',
    remedy: 'Say so, where the page is the same for all who may see it.',
    code: 'cacheControl({ public: true })',
  },
  'too-large': {
    means: 'The body, or the entry, is larger than what is stored.',
    cause: 'It exceeds the option `maxBodyBytes`, 5 MiB by default, or the largest item of the store.',
    remedy: 'Raise the limit; or leave large downloads to a file server.',
    code: 'siteCache({ maxBodyBytes: 20 * 2 ** 20 })',
  },
  'not-fresh': {
    means: 'The response has no lifetime for which it could be served.',
    cause:
      "A max-age or s-maxage of 0, an Expires in the past, a timeout of 0; under policy 'rfc9111' no lifetime at all.",
    remedy: 'Give it one.',
    code: "app.get('/', cachePage('5m'), handler)",
  },
} as const satisfies Readonly<Record<string, ReasonText>>
