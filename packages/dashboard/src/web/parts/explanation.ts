import type { Explanation, LayerExplanation } from '@sitecache/express'
import { type Child, h } from './dom.js'
import { agoText, bytesText, countText, latencyText, spanText } from './format.js'
import { panel } from './page.js'

const actions: Readonly<Record<LayerExplanation['wouldDo']['action'], string>> = {
  serve: 'A stored page would be served.',
  'serve-stale': 'A stale page would be served.',
  validate: 'The handler would be asked whether the stored page still holds.',
  complete: 'The handler would be asked for the part of the page that is missing.',
  miss: 'The handler would be asked.',
  unsatisfiable: 'There would be a 504: nothing is stored, and the client takes nothing else.',
  bypass: 'It would go past the cache.',
}

/** Shows what would become of a request, layer by layer. */
export function explanationPanels({ layers, notes, at, method, url }: Explanation): readonly HTMLElement[] {
  const said = notes.map((note) => h('p', {}, note))
  const head = panel(
    `${method} ${url}`,
    ...(layers.length === 0 && said.length === 0 ? [h('p', {}, 'No layer of cache is on its way.')] : said),
  )
  const shown = layers.flatMap((layer) => layerPanels(layer, at))
  return said.length === 0 && layers.length > 0 ? shown : [head, ...shown]
}

function layerPanels(layer: LayerExplanation, now: number): readonly HTMLElement[] {
  const { wouldDo, cache, store, kind, policy, findings } = layer
  const why = wouldDo.reason ?? wouldDo.forward
  const verdict = h(
    'div.verdict',
    {},
    h('p.means', {}, actions[wouldDo.action], why === undefined ? undefined : [' ', h('code', {}, why)]),
    h('p.note', {}, `Layer ${kind} of cache ${cache} (${store}), policy ${policy}`),
    wouldDo.assumesAbsent.length > 0 &&
      h('p.note', {}, `Taken for absent: ${wouldDo.assumesAbsent.join(', ')}`),
  )
  const facts = [
    ...lifetimeFacts(layer),
    ...lastFacts(layer, now),
    ...dropFacts(layer, now),
    ...downstreamFacts(layer),
  ]
  return [
    panel('What would happen now', verdict, factList(facts)),
    h(
      'div.columns',
      {},
      panel('Its key', keyTable(layer)),
      panel('Stored pages of this URL', storedTable(layer)),
    ),
    ...splitPanels(layer),
    ...findings.map(({ reason, means, cause, remedy, code }) =>
      panel(
        reason,
        h('p.means', {}, means),
        h(
          'dl.advice',
          {},
          h('dt', {}, 'Cause'),
          h('dd', {}, cause),
          h('dt', {}, 'Remedy'),
          h('dd', {}, remedy),
        ),
        h('pre', {}, h('code', {}, code)),
      ),
    ),
  ]
}

type Fact = readonly [name: string, value: Child]

function factList(facts: readonly Fact[]): HTMLElement {
  return h('dl.advice', {}, ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))
}

function lifetimeFacts({ lifetime }: LayerExplanation): readonly Fact[] {
  if (lifetime === undefined) return []
  const { text, staleWhileRevalidate } = lifetime
  const stale =
    staleWhileRevalidate > 0
      ? `; stale for ${spanText(staleWhileRevalidate)} more while it is rendered anew`
      : ''
  return [['Fresh', `${text}${stale}`]]
}

function lastFacts({ last }: LayerExplanation, now: number): readonly Fact[] {
  if (last === undefined) return []
  const { result, reason, status, at, field, by, isTrial } = last
  const [not, why] = result === 'miss' ? ['', ''] : ['not ', `: ${reason ?? 'unknown'}`]
  // Of a response that was asked for this explanation nothing is stored.
  const outcome = isTrial ? `would ${not}be stored${why}` : `${not}stored${why} (${agoText(at, now)})`
  const place = by?.package ?? by?.at
  const writer =
    place === undefined ? '' : `, by ${place}${by?.under === undefined ? '' : `, under ${by.under}`}`
  return [
    [isTrial ? 'Response' : 'Last response', `status ${status}, ${outcome}`],
    ...(field === undefined ? [] : [['Said so', h('span', {}, h('code', {}, field), writer)] as const]),
  ]
}

function dropFacts({ drops }: LayerExplanation, now: number): readonly Fact[] {
  const { tags, route, groups, lastPurge } = drops
  const facts: (Fact | false)[] = [
    tags.length > 0 && ['Tags', tags.join(', ')],
    route !== undefined && ['Route', h('code', {}, route)],
    groups.length > 0 && ['Groups', groups.join(', ')],
    lastPurge !== undefined && [
      'Last purge',
      `by ${lastPurge.by}, ${lastPurge.mode}, ${agoText(lastPurge.at, now)}`,
    ],
  ]
  return facts.filter((fact): fact is Fact => fact !== false)
}

function downstreamFacts({ downstream }: LayerExplanation): readonly Fact[] {
  if (downstream === undefined) return []
  return [
    ['A browser', downstream.browser.text],
    ['A CDN', downstream.cdn.text],
  ]
}

function keyTable({ key, dependsOn }: LayerExplanation): HTMLElement {
  if (key === undefined) return h('p.empty', {}, 'It has none: it is not looked up.')
  const rows = key.parts.map(({ name, value, raw, isHidden, dropped = [] }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h(
        'td.value',
        {},
        value === null || value === ''
          ? h('small', {}, value === null ? 'absent' : 'empty')
          : h('code', {}, value),
        isHidden && h('small', {}, ' digest'),
        raw !== undefined && h('small', {}, ` from ${raw}`),
        dropped.length > 0 && h('small', {}, ` without ${dropped.join(', ')}`),
      ),
    ),
  )
  const read = dependsOn.flatMap(({ text, readAt }) =>
    readAt.length === 0 ? [] : [h('li', {}, `${text}: read at `, h('code', {}, readAt.join(', ')))],
  )
  return h(
    'div',
    {},
    h('div.scroll', { tabindex: 0 }, h('table', {}, h('tbody', {}, ...rows))),
    read.length > 0 && h('ul.note', {}, ...read),
  )
}

function storedTable({ stored }: LayerExplanation): HTMLElement {
  const { variants, max, list, failure } = stored
  if (failure !== undefined) return h('p.notice.bad', {}, `The store did not answer: ${failure}`)
  if (list.length === 0) return h('p.empty', {}, 'None.')
  const titles = ['Page', 'Age', 'Fresh for', 'Bytes', 'Render', 'Hits']
  const rows = list.map((it) =>
    h(
      'tr',
      {},
      h(
        'td',
        {},
        h('code', {}, it.hash),
        it.isOwn && h('b', {}, ' this one'),
        it.purged !== undefined && h('small', {}, ` purged, ${it.purged}`),
      ),
      h('td.number', {}, spanText(it.age)),
      h('td.number', {}, it.ttl === null ? 'ever' : it.ttl < 0 ? 'stale' : spanText(it.ttl)),
      h('td.number', {}, bytesText(it.bytes)),
      h('td.number', {}, latencyText(it.renderMs / 1000)),
      h('td.number', {}, it.hits === 'unknown' ? it.hits : countText(it.hits)),
    ),
  )
  const heads = titles.map((title, i) => h(i === 0 ? 'th' : 'th.number', { scope: 'col' }, title))
  return h(
    'div',
    {},
    h('p.note', {}, `${countText(variants)} of ${countText(max)} variants`),
    h(
      'div.scroll',
      { tabindex: 0 },
      h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows)),
    ),
  )
}

function splitPanels({ splitBy }: LayerExplanation): readonly HTMLElement[] {
  if (splitBy === undefined || splitBy.parts.length === 0) return []
  const { route, lookUps, parts } = splitBy
  const lines = parts.map(({ name, values, sent, buckets }) =>
    h(
      'li',
      {},
      h('code', {}, name),
      `: ${countText(values)} values`,
      sent !== undefined && ` of ${countText(sent)} as sent`,
      buckets !== undefined && `; buckets would make ${countText(buckets)}`,
    ),
  )
  const of = route === '' ? 'requests that no route has matched' : route
  return [
    panel(
      'What splits its pages',
      h('p.note', {}, `In the last ${countText(lookUps)} look-ups of ${of}, by the process that answers.`),
      h('ul', {}, ...lines),
    ),
  ]
}
