import {
  effectiveControl,
  freshnessLifetime,
  type HeaderMap,
  isExplicit,
  type LifetimeBasis,
  type Page,
  staleUse,
} from '@sitecache/http'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { Layer } from '../options/layer.js'
import type { ExplainedLifetime } from './explanation.js'

/** Returns the headers of a page by their names in lower case. */
export function headersOfPage({ headers }: Page): HeaderMap {
  const found: Record<string, string> = Object.create(null)
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    const value = headers[i + 1] ?? ''
    found[name] = found[name] === undefined ? value : `${found[name]}, ${value}`
  }
  return found
}

/**
 * Tells for how long a page is fresh, and what decided that.
 *
 * @param told source of its lifetime, where it is known. @default by what is stored
 */
export function explainLifetime(layer: Layer, page: Page, told?: string): ExplainedLifetime {
  const source = told ?? sourceOf(layer, page)
  const { jitter } = layer.rules
  const { whileRevalidate, ifError } = staleUse(page.control, isExplicit(page.basis), layer.rules)
  return {
    seconds: finite(page.lifetime),
    source,
    text: textOf(source, page.lifetime),
    staleWhileRevalidate: Number.isFinite(whileRevalidate) ? whileRevalidate : Number.MAX_SAFE_INTEGER,
    staleIfError: finite(ifError),
    jitter,
  }
}

function finite(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds) : null
}

const sourceByBasis: Partial<Record<LifetimeBasis, string>> = {
  added: 'site',
  heuristic: 'heuristic',
  own: TARGETED_FIELD,
}

/** The page does not keep it: by the timeout of its layer, else by what it says itself. */
function sourceOf({ rules, timeout, siteTimeout }: Layer, page: Page): string {
  const byBasis = sourceByBasis[page.basis]
  if (byBasis !== undefined) return byBasis
  const headers = headersOfPage(page)
  const { field } = effectiveControl(headers, rules.targetedFields)
  const { source } = freshnessLifetime({
    policy: rules.policy,
    timeout,
    siteTimeout,
    status: page.status,
    statuses: rules.statuses,
    headers,
    now: page.storedAt,
    targeted: rules.targetedFields,
  })
  if (source === 'timeout') return source
  // Policy 'django' writes the site's timeout into the page as max-age.
  return page.basis === 'client' ? 'site' : (field ?? source)
}

const words: Readonly<Record<string, string>> = {
  timeout: 'the timeout of cachePage()',
  's-maxage': 's-maxage of Cache-Control',
  'max-age': 'max-age of Cache-Control',
  expires: 'Expires',
  site: "the option timeout of the site's cache",
  heuristic: 'a tenth of the time since Last-Modified (RFC 9111 §4.2.2)',
  none: 'nothing: the response says no lifetime',
}

function textOf(source: string, seconds: number): string {
  const time = Number.isFinite(seconds) ? `${Math.round(seconds)} s` : 'forever'
  return `${time}, by ${words[source] ?? `the field ${source}`}`
}
