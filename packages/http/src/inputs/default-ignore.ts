/**
 * Inputs that no page depends on, by default. Each name is here because real packages read it on
 * requests whose pages don't show it, or because the key has it already.
 */
export const defaultIgnore: readonly string[] = [
  // The host is in the key (RFC 9110 §7.1).
  'host',
  // Asks the cache itself.
  'sitecache-explain',
  // About the connection and the message's own bytes; body parsers read them on every request.
  'connection',
  'content-length',
  'transfer-encoding',
  // RFC 9110 §13.1, §14.2: the cache answers preconditions and ranges itself.
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  // Fetch metadata, and marks of prefetching.
  'sec-fetch-*',
  'sec-purpose',
  'purpose',

  // Tracing: another value on each request. W3C Trace Context and Baggage.
  'baggage',
  'traceparent',
  'tracestate',
  // Ids that proxies, loggers and clouds give a request.
  'request-id',
  'correlation-context',
  'x-correlation-id',
  'x-request-id',
  'x-request-start',
  'x-queue-start',
  'x-trace-id',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-azure-ref',
  'x-cloud-trace-context',
  'cf-ray',
  'grpc-trace-bin',
  // Zipkin, Jaeger, Sentry, Datadog, New Relic, Elastic.
  'b3',
  'x-b3-*',
  'x-ot-span-context',
  'uber-trace-id',
  'sentry-trace',
  'x-datadog-*',
  'newrelic',
  'elastic-apm-traceparent',

  // Google Analytics and Ads.
  'cookie:_ga',
  'cookie:_ga_*',
  'cookie:_gid',
  'cookie:_gat*',
  'cookie:_gac_*',
  'cookie:_gcl_*',
  'cookie:__utm*',
  // Meta, TikTok, Pinterest, Snapchat, Reddit, Microsoft Advertising.
  'cookie:_fbp',
  'cookie:_fbc',
  'cookie:_ttp',
  'cookie:_pin_unauth',
  'cookie:_scid',
  'cookie:_rdt_uuid',
  'cookie:_uetsid',
  'cookie:_uetvid',
  // Clarity, Hotjar, Matomo, Yandex Metrica, Heap, Quantcast, HubSpot, Segment.
  'cookie:_clck',
  'cookie:_clsk',
  'cookie:_hj*',
  'cookie:_pk_*',
  'cookie:_ym_*',
  'cookie:_hp2_*',
  'cookie:__qca',
  'cookie:__hssc',
  'cookie:__hssrc',
  'cookie:__hstc',
  'cookie:hubspotutk',
  'cookie:ajs_*',
  // Left out, since servers choose content by them: consent (OptanonConsent, CookieConsent) and
  // experiments (optimizely*, AMP_*, amplitude_*, mp_*, ph_*, AMCV_*).

  // Express and its router: in the key, or the same for all.
  'req:_parsedUrl',
  'req:_parsedOriginalUrl',
  'req:baseUrl',
  'req:next',
  'req:originalUrl',
  'req:params',
  'req:query',
  'req:res',
  'req:route',
  // Content of a QUERY or POST is in the key; a GET with a body is not looked up.
  'req:body',
  'req:_body',
  // cookie-parser, express-session, cookie-session, passport: settings and methods.
  'req:secret',
  'req:sessionOptions',
  'req:sessionStore',
  'req:_passport',
  'req:_sessionManager',
  'req:logIn',
  'req:login',
  'req:logOut',
  'req:logout',
  // morgan, pino-http, express-rate-limit, i18next: about the request as such.
  'req:_remoteAddress',
  'req:_startAt',
  'req:_startTime',
  'req:allLogs',
  'req:log',
  'req:i18nextLookupName',
  'res:_startAt',
  'res:_startTime',
  'res:allLogs',
  'res:log',
  // New Relic's agent: its measurement of the request, an instance of a class.
  'req:Symbol(transactionInfo)',
  'res:Symbol(transactionInfo)',
  // Express puts these into the locals of each render.
  'locals:_locals',
  'locals:cache',
  'locals:settings',
]
