import { meanOf, quantile } from '../../shared/quantile.js'
import type { ValueFigures } from '../../shared/state.js'
import { h } from '../parts/dom.js'
import { countText, latencyText, percentText, spanText } from '../parts/format.js'
import { type OpenPage, type PageDefinition, panel } from '../parts/page.js'
import { makeTable } from '../parts/table.js'

/** Values and fragments by name. */
export const values: PageDefinition = {
  name: 'values',
  title: 'Values',
  open(model): OpenPage {
    const of = (name: string) => ({
      title: `${name[0]?.toUpperCase()}${name.slice(1)}`,
      isNumber: true,
      isWide: name === 'stale',
      sortBy: ({ results }: ValueFigures) => results[name] ?? 0,
      cell: ({ results }: ValueFigures) => countText(results[name] ?? 0),
    })
    const p95 = ({ compute }: ValueFigures) => quantile(compute.counts, model.state.bounds.render, 0.95)
    const table = makeTable<ValueFigures>({
      caption: 'Values and fragments',
      keyOf: ({ cache, kind, name }) => `${cache} ${kind} ${name}`,
      sort: 'Saved',
      empty: 'No value was looked up yet.',
      columns: [
        { title: 'Name', sortBy: ({ name }) => name, cell: ({ name }) => h('code', {}, name) },
        { title: 'Kind', isWide: true, cell: ({ kind }) => kind },
        { title: 'Cache', isWide: true, cell: ({ cache }) => cache },
        ...['hit', 'miss', 'stale', 'error'].map(of),
        {
          title: 'Served',
          isNumber: true,
          sortBy: (it) => servedRatio(it) ?? -1,
          cell: (it) => percentText(servedRatio(it)),
        },
        {
          title: 'Compute p95',
          isNumber: true,
          sortBy: (it) => p95(it) ?? 0,
          cell: (it) => latencyText(p95(it)),
        },
        {
          title: 'Saved',
          hint: 'Hits × the mean time of a computation',
          isNumber: true,
          sortBy: savedSeconds,
          cell: (it) => spanText(savedSeconds(it)),
        },
      ],
    })
    const element = h(
      'div.page',
      {},
      h('h1', {}, 'Values and fragments'),
      h(
        'p.lead',
        {},
        'By function of ',
        h('code', {}, 'wrap()'),
        ', by fragment, and by group of keys. Keys are never shown.',
      ),
      panel('By name', table.element),
    )
    return { element, update: () => table.update(model.state.values) }
  },
}

function served({ results }: ValueFigures): number {
  return (results.hit ?? 0) + (results.stale ?? 0)
}

function servedRatio(it: ValueFigures): number | undefined {
  const all = served(it) + (it.results.miss ?? 0) + (it.results.error ?? 0)
  return all === 0 ? undefined : served(it) / all
}

function savedSeconds(it: ValueFigures): number {
  return served(it) * (meanOf(it.compute) ?? 0)
}
