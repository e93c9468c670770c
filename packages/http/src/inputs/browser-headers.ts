import { isHopByHop } from '../fields/headers.js'

/**
 * Headers that browsers and proxies send by themselves. Frameworks that copy all headers of a
 * request read them on every page, so that they don't count there; read by name, they do.
 *
 * Not among them: what says for whom or for where a page is (X-Forwarded-User, CF-IPCountry,
 * X-Api-Key), and what an application may build links of (X-Forwarded-Host, X-Forwarded-Proto,
 * X-Forwarded-Prefix, X-Original-URL): a client that makes one up would poison the page of others.
 * Behind a proxy these are the same for all, and split nothing.
 */
const browserHeaders: ReadonlySet<string> = new Set([
  // Content negotiation (RFC 9110 §12.5).
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'user-agent',
  // Context of the request.
  'cache-control',
  'dnt',
  'from',
  'origin',
  'pragma',
  'priority',
  'purpose',
  'referer',
  'upgrade-insecure-requests',
  'x-moz',
  'x-purpose',
  // Client hints without the prefix Sec-.
  'device-memory',
  'downlink',
  'dpr',
  'ect',
  'rtt',
  'save-data',
  'viewport-width',
  'width',
  // The connection (beside RFC 9110 §7.6.1), conditions of its message.
  'expect',
  'http2-settings',
  'max-forwards',
  // The way through proxies, the client's address.
  'cdn-loop',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-ew-via',
  'cf-ray',
  'cf-visitor',
  'cf-warp-tag-id',
  'fastly-client-ip',
  'fastly-ff',
  'forwarded',
  'true-client-ip',
  'via',
  'x-arr-log-id',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-attempt-count',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-forwarded-for',
  'x-original-forwarded-for',
  'x-real-ip',
  'x-varnish',
])

/**
 * Headers of browsers by which servers choose a response, and that have few values: they count
 * where all headers were copied to a place in which reads by name can't be seen. User-Agent isn't
 * among them, as hardly two visitors would share a page.
 */
export const choosingHeaders: readonly string[] = ['accept', 'accept-language', 'origin']

/**
 * Headers by which packages tell browsers and devices: User-Agent and the client hints about it.
 */
export const deviceHeaders: readonly string[] = [
  'user-agent',
  'sec-ch-ua',
  'sec-ch-ua-arch',
  'sec-ch-ua-bitness',
  'sec-ch-ua-form-factors',
  'sec-ch-ua-full-version-list',
  'sec-ch-ua-mobile',
  'sec-ch-ua-model',
  'sec-ch-ua-platform',
  'sec-ch-ua-platform-version',
]

/** Is this a header that browsers or proxies send by themselves? @param name in lower case */
export function isBrowserHeader(name: string): boolean {
  // Proxy-Authorization is the only hop-by-hop header that says for whom a response is.
  if (isHopByHop(name)) return name !== 'proxy-authorization'
  // Scripts can't set Sec-* (Fetch §2.2.2).
  return browserHeaders.has(name) || name.startsWith('sec-')
}
