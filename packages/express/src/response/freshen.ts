import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  addedLifetimeOf,
  fieldValue,
  freshenedHeaders,
  type HeaderMap,
  initialAge,
  lifetimeHeaders,
  mergeInputs,
  Page,
  removeAddedLifetime,
  type Storability,
  withoutPrivate,
} from '@sitecache/http'
import { areInUtf8, inUtf8 } from '../capture/head-encoding.js'
import type { Headers } from '../node/response-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { Layer } from '../options/layer.js'
import type { Forwarded } from './forwarded.js'
import { judge } from './judge.js'
import { pageRulesOf, withoutNames } from './page-rules.js'
import { tagsOfPage } from './page-tags.js'
import { type StoredHead, storedHead } from './stored-headers.js'
import { clientLifetime, withOwnPrivate } from './told-to-clients.js'

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
  // It has no body that says how its head would be sent: as the stored one was.
  const sent = areInUtf8(page.headers) ? inUtf8(newer.headers) : newer.headers
  const merged = freshenedHeaders(page, sent)
  const told: Headers = { ...forwarded.priorHeaders, ...mapOf(merged) }
  tellDirectives(layer, told, page, headers)
  forgetAddedLifetime(told, page, headers)
  const expiresAnew = headers.expires !== undefined
  const judged = { ...told, 'cache-control': withoutOwnPrivate(told['cache-control'], headers) }
  const storability = judge(layer, forwarded, page.status, judged, now)
  const timed =
    rules.policy === 'django' ? withLifetime(layer, merged, storability, expiresAnew, now) : merged
  const inputs = mergeInputs(forwarded.known.record?.names ?? [], [...forwarded.reads.names])
  const final = withOwnPrivate(req, forwarded.location, inputs, timed, mapOf(timed))
  const fresh = new Page({
    ...(storability.storable ? pageRulesOf(layer, storability, final) : { headers: final, lifetime: 0 }),
    status: page.status,
    statusMessage: page.statusMessage,
    removed: [...new Set([...page.removed, ...replacedBy(newer)])],
    body: page.body,
    storedAt: now,
    initialAge: initialAge(headers, forwarded.requestTime, now),
    renderMs: Math.max(0, now - forwarded.requestTime),
    tags: [...new Set([...page.tags, ...tagsOfPage(layer, forwarded.location, req, res, headers)])],
    since: forwarded.epoch,
    route: page.route,
    holes: page.holes,
  })
  return { page: fresh, storability }
}

/** Returns the names of lists of which the newer response replaced the lines that stood there. */
function replacedBy({ headers, removed }: StoredHead): readonly string[] {
  return removed.filter((name) => headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === name))
}

/**
 * A stored page says `private` by our doing alone; a newer response that says it does so itself.
 */
function withoutOwnPrivate(control: Headers[string], newer: HeaderMap): Headers[string] {
  const isNewer = newer['cache-control'] !== undefined
  return isNewer || control === undefined ? control : withoutPrivate(String(control))
}

/**
 * Adds the directives that stand in no header of the page, where the newer response replaces them
 * by none.
 */
function tellDirectives(layer: Layer, told: Headers, { basis, directives }: Page, newer: HeaderMap): void {
  if (newer[TARGETED_FIELD] !== undefined) told[TARGETED_FIELD] = newer[TARGETED_FIELD]
  if (directives === undefined || speaksToUs(layer, newer)) return
  if (basis === 'own') told[TARGETED_FIELD] = directives
  else if (newer['cache-control'] === undefined) told['cache-control'] = directives
}

/** A lifetime that was added to the stored page is added anew. */
function forgetAddedLifetime(told: Headers, page: Page, newer: HeaderMap): void {
  const added = newer['cache-control'] === undefined ? addedLifetimeOf(page) : undefined
  if (added !== undefined) removeAddedLifetime(told, added)
}

function speaksToUs({ rules }: Layer, headers: HeaderMap): boolean {
  return rules.targetedFields.some((name) => headers[name] !== undefined)
}

/** As policy 'django' told the page its lifetime when it was stored, so now. */
function withLifetime(
  layer: Layer,
  list: readonly string[],
  storability: Storability,
  expiresAnew: boolean,
  now: number,
): readonly string[] {
  const dropped = expiresAnew ? ['cache-control'] : ['cache-control', 'expires']
  const kept = withoutNames(list, dropped)
  const lifetime = storability.storable ? clientLifetime(layer, storability) : 0
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
