const defaultPorts: Readonly<Record<string, string>> = { http: ':80', https: ':443' }

/** Normalized hosts by scheme, then by host as it was sent. */
const remembered = new Map<string, Map<string, string>>()
const MAX_REMEMBERED = 200

/**
 * Returns the one name for all spellings of a host: letter case, the scheme's default port and a
 * trailing dot make no difference (RFC 9110 §4.2.3). An invalid host keeps its port and dots, so
 * that it shares nothing with a valid one.
 *
 * @param scheme `http` or `https`; others have no default port
 */
export function normalizeHost(host: string, scheme: string): string {
  const known = remembered.get(scheme)?.get(host)
  if (known !== undefined) return known
  const name = normalize(host, scheme)
  const ofScheme = remembered.get(scheme) ?? new Map<string, string>()
  if (ofScheme.size >= MAX_REMEMBERED) ofScheme.clear()
  if (host.length < 256 && scheme in defaultPorts) remembered.set(scheme, ofScheme.set(host, name))
  return name
}

function normalize(host: string, scheme: string): string {
  let name = host.toLowerCase()
  const port = defaultPorts[scheme]
  if (port !== undefined && name.endsWith(port) && !name.slice(0, -port.length).endsWith(':'))
    name = name.slice(0, -port.length)
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.(:\d+)?$/.test(name)) name = name.replace(/\.(?=:\d+$|$)/, '')
  return name
}
