import { lifetimeBasis, type PageInit, type Storable } from '@sitecache/http'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { Layer } from '../options/layer.js'

/** Properties of a page by which it is reused. */
export type PageRulesInit = Pick<PageInit, 'headers' | 'lifetime' | 'basis' | 'directives'>

/**
 * Returns the part of a page that follows from the rules about its response. Directives that stand
 * in no header of the page (a middleware above set them, or a layer outside) are kept beside them,
 * so that they count for as long as the page lives.
 *
 * @param headers name, value, name, value
 */
export function pageRulesOf({ rules }: Layer, how: Storable, headers: readonly string[]): PageRulesInit {
  const kept = withoutNames(headers, how.without)
  return {
    headers: kept,
    lifetime: how.lifetime.seconds,
    basis: lifetimeBasis({
      lifetime: how.lifetime,
      field: how.field,
      ownField: TARGETED_FIELD,
      clientTimeout: rules.policy === 'django' ? rules.clientTimeout : undefined,
    }),
    directives: how.directives === cacheControlOf(kept) ? undefined : how.directives,
  }
}

/** Returns the headers without those of these names. @param names in lower case */
export function withoutNames(headers: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 0) return headers
  return headers.filter((_, i) => !names.includes(String(headers[i - (i % 2)]).toLowerCase()))
}

function cacheControlOf(headers: readonly string[]): string {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'cache-control').join(', ')
}
