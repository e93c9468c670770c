import { warnOnce } from '@sitecache/core/internal'

/**
 * Warns of an application that takes https for http, since it does not trust the proxy in front.
 */
export function warnOfUntrustedProxy(): void {
  warnOnce(
    'SITECACHE_PROXY',
    'requests by https (X-Forwarded-Proto) are taken for http, since the application does not trust the proxy that ' +
      "says so: if it is yours, set app.set('trust proxy', 1), or pages name the wrong scheme",
  )
}
