import type { ReasonText } from './results.js'

/** Reasons that are known before the handler runs. */
export const REQUEST_REASONS = {
  method: {
    means: 'The method of the request is none whose responses are stored.',
    cause: 'It is neither GET nor HEAD, or a HEAD came for a page that is not stored.',
    remedy: 'Nothing for POST, PUT, PATCH and DELETE. For queries by content, name their method.',
    code: "siteCache({ methods: ['GET', 'HEAD', 'QUERY'] })",
  },
  request: {
    means: 'The request is none that a stored page can answer.',
    cause: 'A GET with a body, which is no part of a key, or an upgrade to another protocol.',
    remedy: 'Send what chooses the page in its URL, or by QUERY.',
    code: "fetch('/search?q=' + encodeURIComponent(q))",
  },
  skip: {
    means: 'The application keeps the cache out.',
    cause: 'The option `skip(req)` said yes, or a handler or middleware called `req.cache.skip()`.',
    remedy: 'Narrow the condition to those requests whose pages are really their own.',
    code: "siteCache({ skip: (req) => req.path.startsWith('/admin') })",
  },
  host: {
    means: 'The Host of the request is none of the hosts of the site.',
    cause: 'The option `hosts` does not name it: a health check by IP address, a scanner, a new domain.',
    remedy: 'Add the host if it is yours.',
    code: "siteCache({ hosts: ['shop.example', '*.shop.example'] })",
  },
  'signed-in': {
    means: 'The visitor is signed in, and has no pages that can be told from those of others.',
    cause:
      'The option `anonymousOnly`; or a sign-in without an identity that anything vouches for; or the visitor signed in or out while the handler ran.',
    remedy: 'Name the identity of the visitor: each then has pages of their own.',
    code: 'siteCache({ visitor: (req) => req.user?.id })',
  },
  error: {
    means: 'Something failed, and the response was left as it is.',
    cause:
      'A callback of the application (`skip`, `storeIf`, `keyParts`, `tags` …) threw, or the cache had a fault.',
    remedy: 'Listen to the error event: it has the error, and the operation that failed.',
    code: "cache.on('error', ({ operation, error }) => console.error(operation, error))",
  },
  'body-gone': {
    means: 'The content of the request could not be read for the key.',
    cause: 'A body parser above the cache has read it, or its end could not be known.',
    remedy: 'Put the cache above the parser, or have the parser keep the bytes.',
    code: 'app.use(express.json({ verify: keepRequestBody }))',
  },
  'body-too-large': {
    means: 'The content of the request is longer than what is read for a key.',
    cause: 'It exceeds the option `maxRequestBodyBytes`, 64 KiB by default.',
    remedy: 'Raise the limit, or send less.',
    code: 'siteCache({ maxRequestBodyBytes: 256 * 1024 })',
  },
  'body-late': {
    means: 'The content of the request did not come in time.',
    cause: 'Its client sent it more slowly than the option `requestBodyTimeout` allows, 5 s by default.',
    remedy: 'Raise the limit for slow clients.',
    code: "siteCache({ requestBodyTimeout: '15s' })",
  },
  trailers: {
    means: 'Fields stand behind the body, where no key and no stored page has them.',
    cause: 'The client or the handler sends trailers (RFC 9110 §6.5).',
    remedy: 'Send them as headers.',
    code: "res.setHeader('Server-Timing', timing)",
  },
  expect: {
    means: 'The client waits for a 100 that the application sends itself.',
    cause: "The server listens to 'checkContinue' (RFC 9110 §10.1.1).",
    remedy: 'Let Node answer it: remove the listener.',
    code: "server.removeAllListeners('checkContinue')",
  },
  'stale-while-revalidate': {
    means: 'A stale page was served, and a new one is rendered behind it.',
    cause: 'The page is past its timeout by less than `staleWhileRevalidate` (RFC 5861 §3).',
    remedy: 'Nothing needs to be done. Where it is too old, allow less.',
    code: "siteCache({ staleWhileRevalidate: '30s' })",
  },
  'stale-if-error': {
    means: 'A stale page was served in place of an error.',
    cause: 'The handler failed, answered 5xx or took longer than `originTimeout` (RFC 5861 §4).',
    remedy: "Mend the handler: its error is in the application's log.",
    code: "siteCache({ staleIfError: '1h', originTimeout: '3s' })",
  },
  'max-stale': {
    means: 'A stale page was served, as the client allows.',
    cause: "The client's Cache-Control says max-stale (RFC 9111 §5.2.1.2).",
    remedy: 'Forbid it for pages that must be fresh.',
    code: 'cacheControl({ mustRevalidate: true })',
  },
  'only-if-cached': {
    means: '504: no page is stored, and the client wants no other.',
    cause: "The client's Cache-Control says only-if-cached (RFC 9111 §5.2.1.7).",
    remedy: 'Fill the page before it is asked for.',
    code: "await warm(['https://shop.example/pricing'], { app })",
  },
} as const satisfies Readonly<Record<string, ReasonText>>
