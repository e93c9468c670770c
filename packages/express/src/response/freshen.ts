import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  fieldValue,
  freshenedHeaders,
  type HeaderMap,
  initialAge,
  lifetimeHeaders,
  Page,
  type Storability,
  withoutPrivate,
} from '@sitecache/http'
import type { Headers } from '../node/response-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { Layer } from '../options/layer.js'
import type { Forwarded } from './forwarded.js'
import { judge } from './judge.js'
import { tagsOfPage } from './page-tags.js'
import { storedHead } from './stored-headers.js'

/** A stored page that was brought up to date, and what is to be said of storing it. */
export interface Freshened {
  readonly page: Page
  readonly storability: Storability
}

/**
 * RFC 9111 §4.3.4, §4.3.5: a stored page with the headers of a newer response that has no body of
 * its own.
 *
 * @param headers those of the newer response
 */
export function freshenPage(
  layer: Layer,
  forwarded: Forwarded,
  page: Page,
  req: IncomingMessage,
  res: ServerResponse,
  headers: Headers,
  now: number,
): Freshened {
  const { rules } = layer
  const priorHeaders = rules.headers === 'all' ? undefined : forwarded.priorHeaders
  const newer = storedHead(res, headers, priorHeaders, rules.setCookie === 'store', [], now)
  const merged = freshenedHeaders(page, newer.headers)
  const told: Headers = { ...forwarded.priorHeaders, ...mapOf(merged) }
  const own = headers[TARGETED_FIELD] ?? (speaksToUs(layer, headers) ? undefined : page.targeted)
  if (own !== undefined) told[TARGETED_FIELD] = own
  const expiresAnew = headers.expires !== undefined
  const judged = { ...told, 'cache-control': withoutOwnPrivate(told['cache-control'], headers) }
  const storability = judge(layer, forwarded, page.status, judged, now)
  const lifetime = storability.storable ? storability.lifetime.seconds : 0
  const kept = storability.storable ? without(merged, storability.without) : merged
  const final = rules.policy === 'django' ? withLifetime(kept, lifetime, expiresAnew, now) : kept
  const fresh = new Page({
    status: page.status,
    statusMessage: page.statusMessage,
    headers: final,
    removed: page.removed,
    body: page.body,
    storedAt: now,
    initialAge: initialAge(headers, forwarded.requestTime, now),
    lifetime,
    renderMs: Math.max(0, now - forwarded.requestTime),
    tags: [...new Set([...page.tags, ...tagsOfPage(layer, forwarded.location, req, res, headers)])],
    since: forwarded.epoch,
    targeted: storability.storable ? storability.targeted : undefined,
    holes: page.holes,
  })
  return { page: fresh, storability }
}

/**
 * A stored page says `private` by our doing alone; a newer response that says it does so itself.
 */
function withoutOwnPrivate(control: Headers[string], newer: HeaderMap): Headers[string] {
  const isNewer = newer['cache-control'] !== undefined
  return isNewer || control === undefined ? control : withoutPrivate(String(control))
}

function speaksToUs({ rules }: Layer, headers: HeaderMap): boolean {
  return rules.targetedFields.some((name) => headers[name] !== undefined)
}

/** As policy 'django' told the page its lifetime when it was stored, so now. */
function withLifetime(
  list: readonly string[],
  lifetime: number,
  expiresAnew: boolean,
  now: number,
): readonly string[] {
  const dropped = expiresAnew ? ['cache-control'] : ['cache-control', 'expires']
  const kept = without(list, dropped)
  const { cacheControl, expires } = lifetimeHeaders(
    { ...mapOf(kept), 'cache-control': fieldValue(mapOf(list), 'cache-control') },
    lifetime,
    now,
  )
  return [...kept, 'Cache-Control', cacheControl, ...(expires === undefined ? [] : ['Expires', expires])]
}

/** Headers by names in lower case, of name, value, name, value. */
export function mapOf(list: readonly string[]): Headers {
  const map: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name = '', value = ''] = [list[i]?.toLowerCase(), list[i + 1]]
    const known = map[name]
    map[name] = known === undefined ? value : [known, value].flat()
  }
  return map
}

function without(list: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 0) return list
  return list.filter((_, i) => !names.includes(String(list[i - (i % 2)]).toLowerCase()))
}
