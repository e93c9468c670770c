import { countOf, quantile } from '../../shared/quantile.js'
import type { OperationFigures, State, StoreFigures, StoreSize } from '../../shared/state.js'
import { act, makeNotice } from '../parts/actions.js'
import { histogram, shareBar } from '../parts/bars.js'
import { fill, h, say } from '../parts/dom.js'
import { bytesText, countText, latencyText, percentText, spanText } from '../parts/format.js'
import type { Model } from '../parts/model.js'
import type { OpenPage, PageDefinition } from '../parts/page.js'
import { makeTable } from '../parts/table.js'

const states = { closed: 'Up', 'half-open': 'Being probed', open: 'Down' } as const

/** Stores: sizes, evictions, ages, latencies, circuits, buses. */
export const stores: PageDefinition = {
  name: 'stores',
  title: 'Stores',
  open(model): OpenPage {
    const list = h('div.stack')
    const shown = new Map<string, ReturnType<typeof storePanel>>()
    const update = (): void => {
      for (const store of model.state.stores) {
        const known = shown.get(store.cache) ?? storePanel(store.cache, model)
        if (!shown.has(store.cache)) list.append(known.element)
        shown.set(store.cache, known)
        known.update(store, model.state)
      }
    }
    return { element: h('div.page', {}, h('h1', {}, 'Stores'), list), update }
  },
}

function storePanel(cache: string, model: Model) {
  const [title, state, sizes, facts, ages] = [h('span'), h('span.state'), h('div'), h('dl.facts'), h('div')]
  const notice = makeNotice()
  const check = h(
    'button',
    { type: 'button', click: () => void act(model, notice, 'api/check', { cache }) },
    'Check',
  )
  const operations = operationTable(cache, model)
  const element = h(
    'section.panel',
    {},
    h('div.heading', {}, h('h2', {}, title, state), h('div.buttons', {}, check)),
    notice.element,
    h(
      'div.columns',
      {},
      h('div', {}, sizes, facts),
      h('div', {}, h('h3', {}, 'Age of pages when they are served'), ages),
    ),
    h('h3', {}, 'Operations that were waited for'),
    operations.element,
  )
  let drawn = ''
  return {
    element,
    update(store: StoreFigures, { bounds }: State): void {
      say(title, `${cache}: ${store.store}`)
      say(state, states[store.circuit])
      state.dataset.circuit = store.circuit
      operations.update(store.operations)
      const now = JSON.stringify(store)
      if (now === drawn) return
      drawn = now
      fill(
        sizes,
        sizeOf(store.isShared ? 'Shared by all processes' : 'In the processes', store),
        store.near && sizeOf('Near tier, in the processes', store.near),
      )
      fill(facts, ...factsOf(store))
      const labels = [...bounds.age.map((it) => `≤ ${spanText(it).replace('.0', '')}`), 'older']
      fill(
        ages,
        countOf(store.ages.counts) === 0
          ? h('p.empty', {}, 'No page was served yet.')
          : histogram(store.ages.counts, labels, 'Age of pages when they are served'),
      )
    },
  }
}

function sizeOf(title: string, { entries, bytes, limitBytes }: StoreSize): HTMLElement {
  const share =
    bytes !== undefined && limitBytes !== undefined && limitBytes > 0 ? bytes / limitBytes : undefined
  const limit = limitBytes === undefined ? '' : ` of ${bytesText(limitBytes)}`
  return h(
    'div.size',
    {},
    h('h3', {}, title),
    h(
      'p',
      {},
      h('b', {}, bytesText(bytes)),
      limit,
      entries === undefined ? '' : `, ${countText(entries)} entries`,
    ),
    share === undefined ? undefined : shareBar(share, `${percentText(share)} full`, 0.9),
  )
}

function factsOf({ evictions, evictedUnused, errors, coalesced, bus }: StoreFigures): readonly HTMLElement[] {
  const { expired = 0, ...forRoom } = evictions
  const evicted = countOf(Object.values(forRoom))
  const causes = Object.entries(forRoom).map(([cause, count]) => `${countText(count)} by ${cause}`)
  const unused = evicted === 0 ? '' : `; ${percentText(evictedUnused / evicted)} never read`
  const failures = Object.entries(errors).map(([operation, count]) => `${countText(count)} ${operation}`)
  const facts: readonly (readonly [string, string])[] = [
    ['Evicted for room', evicted === 0 ? 'none' : causes.join(', ') + unused],
    ['Dropped as expired', expired === 0 ? 'none' : countText(expired)],
    ['Errors', failures.length === 0 ? 'none' : failures.join(', ')],
    ['Renders that were shared', countText(coalesced)],
    ...(bus === undefined
      ? []
      : [
          [
            'Bus',
            `${countText(bus.sent)} sent, ${countText(bus.received)} received, ${countText(bus.lost)} lost`,
          ] as const,
        ]),
  ]
  return facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))
}

function operationTable(cache: string, model: Model) {
  const at = (counts: readonly number[], q: number) =>
    latencyText(quantile(counts, model.state.bounds.store, q))
  const outcome = (name: string) => ({
    title: name,
    isNumber: true,
    isWide: name === 'miss',
    cell: ({ outcomes }: OperationFigures) => countText(outcomes[name] ?? 0),
  })
  return makeTable<OperationFigures>({
    caption: `Operations of ${cache}`,
    keyOf: ({ operation }) => operation,
    sort: 'Count',
    empty: 'None: the store is in the process, and nothing waits for it.',
    columns: [
      { title: 'Operation', cell: ({ operation }) => h('code', {}, operation) },
      {
        title: 'Count',
        isNumber: true,
        sortBy: ({ counts }) => countOf(counts),
        cell: ({ counts }) => countText(countOf(counts)),
      },
      { title: 'p50', isNumber: true, cell: ({ counts }) => at(counts, 0.5) },
      { title: 'p95', isNumber: true, cell: ({ counts }) => at(counts, 0.95) },
      { title: 'p99', isNumber: true, isWide: true, cell: ({ counts }) => at(counts, 0.99) },
      ...['miss', 'error', 'timeout'].map(outcome),
    ],
  })
}
