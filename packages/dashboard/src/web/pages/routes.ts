import { countOf, meanOf, quantile } from '../../shared/quantile.js'
import { ratiosOf } from '../../shared/ratios.js'
import type { RouteFigures } from '../../shared/state.js'
import { resultBar } from '../parts/bars.js'
import { h } from '../parts/dom.js'
import { bytesText, countText, latencyText, percentText, spanText } from '../parts/format.js'
import { type OpenPage, type PageDefinition, panel } from '../parts/page.js'
import { makeTable } from '../parts/table.js'

/** Routes, those first whose visitors still wait for handlers: what could be saved. */
export const routes: PageDefinition = {
  name: 'routes',
  title: 'Routes',
  open(model): OpenPage {
    const hasCaches = model.session.caches.length > 1
    const table = makeTable<RouteFigures>({
      caption: 'Routes',
      keyOf: ({ cache, route }) => `${cache} ${route}`,
      sort: 'Could save',
      empty: 'No request has passed the cache yet.',
      columns: [
        { title: 'Route', sortBy: ({ route }) => route, cell: ({ route }) => h('code', {}, route) },
        ...(hasCaches ? [{ title: 'Cache', isWide: true, cell: ({ cache }: RouteFigures) => cache }] : []),
        {
          title: 'Could save',
          hint: 'Time that handlers have spent in front of visitors: renders × their mean time',
          isNumber: true,
          sortBy: ({ render }) => render.sum,
          cell: ({ render }) => spanText(render.sum),
        },
        {
          title: 'Saved',
          isNumber: true,
          sortBy: (it) => it.savedSeconds,
          cell: (it) => spanText(it.savedSeconds),
        },
        {
          title: 'Requests',
          isNumber: true,
          sortBy: (it) => ratiosOf(it.results).all,
          cell: (it) => countText(ratiosOf(it.results).all),
        },
        { title: 'Results', isWide: true, cell: ({ results }) => resultBar(results) },
        {
          title: 'Served',
          isNumber: true,
          sortBy: ({ results }) => ratiosOf(results).servedRatio ?? -1,
          cell: ({ results }) => percentText(ratiosOf(results).servedRatio),
        },
        {
          title: 'Render p95',
          isNumber: true,
          sortBy: ({ render }) => quantile(render.counts, model.state.bounds.render, 0.95) ?? 0,
          cell: ({ render }) =>
            renderText(quantile(render.counts, model.state.bounds.render, 0.95), meanOf(render)),
        },
        {
          title: 'Not stored',
          hint: 'The most frequent reasons',
          sortBy: ({ reasons }) => countOf(Object.values(reasons)),
          cell: ({ reasons, route }) => reasonChips(reasons, route),
        },
        {
          title: 'Variants',
          hint: 'The most of one URL',
          isNumber: true,
          isWide: true,
          sortBy: (it) => it.variants,
          cell: (it) => countText(it.variants),
        },
        {
          title: 'Bytes',
          isNumber: true,
          isWide: true,
          sortBy: (it) => it.bytes,
          cell: (it) => bytesText(it.bytes),
        },
      ],
    })
    const element = h(
      'div.page',
      {},
      h('h1', {}, 'Routes'),
      h(
        'p.lead',
        {},
        'Since the processes have started. The first line is the next to look at: its visitors have waited longest for a handler.',
      ),
      panel('By route', table.element),
    )
    return { element, update: () => table.update(model.state.routes) }
  },
}

/** Interpolation in a wide bucket may exceed what was ever seen by far. */
function renderText(p95: number | undefined, mean: number | undefined): string {
  return p95 === undefined ? latencyText(mean) : latencyText(p95)
}

function reasonChips(reasons: RouteFigures['reasons'], route: string): HTMLElement {
  const top = Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3)
  const chips = top.map(([reason, count]) =>
    h(
      'a.chip',
      { href: `#/reasons?reason=${encodeURIComponent(reason)}&route=${encodeURIComponent(route)}` },
      reason,
      ' ',
      h('b', {}, countText(count)),
    ),
  )
  return h('span.chips', {}, ...chips)
}
