import { reasonLines } from '@sitecache/http'
import { writerText } from '../inputs/field-writers.js'
import type { LastRender } from '../options/last-renders.js'
import type {
  ExplainedDrops,
  ExplainedInput,
  ExplainedKey,
  ExplainedKeyPart,
  ExplainedLifetime,
  ExplainedSplit,
  ExplainedSplits,
  ExplainedVariant,
  ExplainedVariants,
  Explanation,
  LayerExplanation,
  WouldDo,
} from './explanation.js'

/** Columns of the names in front. */
const INDENT = 12

/** Formats an explanation for a terminal: plain text, some lines for each layer of cache. */
export function explainText({ method, url, layers, notes }: Explanation): string {
  const blocks = layers.map((layer) => layerLines(layer).join('\n'))
  const told = notes.map((note) => `Note: ${note}`)
  return `${[`${method} ${url}`, ...blocks, ...(told.length > 0 ? [told.join('\n')] : [])].join('\n\n')}\n`
}

const kinds = {
  site: "The site's cache",
  page: "The route's cache",
  server: 'The cache in front of the application',
}

function layerLines(layer: LayerExplanation): readonly string[] {
  const { kind, cache, store, policy, wouldDo, page, findings, stored } = layer
  return [
    `${kinds[kind]}: '${cache}' in ${store}, policy ${policy}`,
    ...named('now', [nowText(wouldDo, page)]),
    ...named('why', lastLines(layer.last)),
    ...named('key', layer.key === undefined ? [] : keyLines(layer.key)),
    ...named('depends on', layer.dependsOn.map(inputLine)),
    ...named('stored', storedLines(stored)),
    ...named('split by', splitLines(layer.splitBy)),
    ...named('lifetime', layer.lifetime === undefined ? [] : [lifetimeLine(layer.lifetime)]),
    ...named('dropped by', layer.key === undefined ? [] : dropLines(layer.drops)),
    ...named(
      'elsewhere',
      layer.downstream === undefined ? [] : [layer.downstream.browser.text, layer.downstream.cdn.text],
    ),
    ...findings.flatMap((finding) => [
      '',
      ...reasonLines(finding.reason, finding).map((line) => `  ${line}`),
    ]),
  ]
}

/** Puts a name in front of the first of its lines. */
function named(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(INDENT)}${line}`)
}

function nowText(
  { action, reason, forward, assumesAbsent }: WouldDo,
  page: ExplainedVariant | undefined,
): string {
  const absent = assumesAbsent.length === 0 ? '' : `, if there is no ${assumesAbsent.join(', ')}`
  switch (action) {
    case 'serve':
      return `would be served from the cache${page === undefined ? '' : `, ${freshText(page.ttl)}`}${absent}`
    case 'serve-stale':
      return `would be served stale (${reason})${absent}`
    case 'bypass':
      return `would go past the cache (${reason})`
    case 'unsatisfiable':
      return `would be answered 504 (${reason})${absent}`
    case 'validate':
      return `the handler would be asked whether the stored page still holds (fwd=${forward})${absent}`
    case 'complete':
      return `the handler would be asked for the rest of the stored part (fwd=${forward})${absent}`
    default:
      return `would be rendered by the handler (fwd=${forward})${absent}`
  }
}

function freshText(ttl: number | null): string {
  if (ttl === null) return 'fresh forever'
  return ttl >= 0 ? `fresh for ${ttl} s more` : `stale for ${-ttl} s`
}

function lastLines(last: LastRender | undefined): readonly string[] {
  if (last === undefined) return []
  const { result, reason, status, field, by, isTrial } = last
  const stored =
    result === 'miss'
      ? isTrial
        ? 'would be stored'
        : 'was stored'
      : isTrial
        ? 'would not be stored'
        : 'was not stored'
  const because = reason === undefined ? '' : `: ${reason}${field === undefined ? '' : ` (${field})`}`
  const line = `the ${isTrial ? '' : 'last '}response (${status}) ${stored}${because}`
  return [line, ...(by === undefined ? [] : [`written ${writerText(by)}`])]
}

function keyLines({ hash, of, parts }: ExplainedKey): readonly string[] {
  const title = of === 'page' ? `${hash} (this request's page)` : `${hash} (the URL: nothing is stored of it)`
  return [title, ...parts.filter(({ value, name }) => value !== '' || name === 'query').map(partLine)]
}

function partLine({ name, value, raw, isHidden, dropped = [] }: ExplainedKeyPart): string {
  const shown = value === null ? '(none)' : isHidden ? `${value} (hidden)` : value
  const from = raw === undefined ? '' : `  (of ${raw})`
  const without = dropped.length === 0 ? '' : `  (without ${dropped.join('&')})`
  return `  ${name}: ${shown}${from}${without}`
}

function inputLine({ text, readAt }: ExplainedInput): string {
  return readAt.length === 0 ? text : `${text}, read at ${readAt.join('; ')}`
}

function storedLines({ variants, max, list, failure }: ExplainedVariants): readonly string[] {
  if (failure !== undefined) return [`unknown: ${failure}`]
  if (variants === 0) return ['nothing']
  return [`${variants} of at most ${max} variants`, ...list.map(variantLine)]
}

function variantLine(variant: ExplainedVariant): string {
  const { hash, isOwn, status, bytes, age, ttl, renderMs, hits, purged } = variant
  const state = purged === undefined ? freshText(ttl) : purged === 'hard' ? 'purged' : 'purged softly: stale'
  const mark = isOwn ? "  (this request's)" : ''
  return `  ${hash}  ${status}, ${bytes} bytes, age ${age} s, ${state}, rendered in ${renderMs} ms, ${hitsText(hits)}${mark}`
}

function hitsText(hits: ExplainedVariant['hits']): string {
  return hits === 'unknown' ? 'hits unknown' : hits === 1 ? '1 hit' : `${hits} hits`
}

function splitLines(splits: ExplainedSplits | undefined): readonly string[] {
  if (splits === undefined || splits.parts.length === 0) return []
  const { route, lookUps, parts } = splits
  const of = route === '' ? 'no route' : route
  return [`in the last ${lookUps} look-ups of ${of}:`, ...parts.map(splitLine)]
}

function splitLine({ name, values, sent, buckets }: ExplainedSplit): string {
  const from = sent === undefined ? '' : ` (of ${sent} as sent)`
  const remedy = buckets === undefined ? '' : ` → buckets would make ${buckets}`
  return `  ${name}: ${values} values${from}${remedy}`
}

function lifetimeLine({ text, staleWhileRevalidate, staleIfError, jitter }: ExplainedLifetime): string {
  const more = [
    staleWhileRevalidate > 0 ? `stale for ${staleWhileRevalidate} s more while it is refreshed` : '',
    staleIfError === 0
      ? ''
      : `in place of errors for ${staleIfError === null ? 'as long as it is kept' : `${staleIfError} s more`}`,
    jitter > 0 ? `less up to ${Math.round(jitter * 100)} % at random` : '',
  ]
  return [text, ...more.filter((one) => one !== '')].join('; ')
}

function dropLines({ url, tags, route, groups, lastPurge }: ExplainedDrops): readonly string[] {
  const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')
  const purge =
    lastPurge === undefined
      ? []
      : [
          `last purge: ${lastPurge.mode}, by ${lastPurge.by}${lastPurge.named === undefined ? '' : ` '${lastPurge.named}'`}, ${new Date(lastPurge.at).toISOString()}`,
        ]
  return [
    `invalidatePage('${url}')`,
    ...(tags.length === 0 ? [] : [`invalidateTags(${quoted(tags.slice(0, 20))})`]),
    ...(route === undefined ? [] : [`invalidateRoute('${route}')`]),
    ...(groups.length === 0
      ? []
      : [`Cache-Group-Invalidation: ${groups.map((name) => `"${name}"`).join(', ')}`]),
    ...purge,
  ]
}
