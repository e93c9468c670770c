const told = new Set<string>()

/**
 * Emits a process warning, once in a process for each code.
 *
 * @param code for handlers of warnings, such as `SITECACHE_PROXY`
 */
export function warnOnce(code: string, message: string): void {
  if (told.has(code)) return
  told.add(code)
  process.emitWarning(message, { code })
}

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
