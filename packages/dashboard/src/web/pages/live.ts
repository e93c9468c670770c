import { RESULTS } from '../../shared/columns.js'
import type { LiveExchange } from '../../shared/state.js'
import { h, say } from '../parts/dom.js'
import { bytesText, latencyText, timeText } from '../parts/format.js'
import { type OpenPage, type PageDefinition, panel } from '../parts/page.js'
import { makeTable } from '../parts/table.js'

/** The last exchanges. */
export const live: PageDefinition = {
  name: 'live',
  title: 'Live',
  open(model): OpenPage {
    let held: readonly LiveExchange[] | undefined
    const filter = h('input', {
      type: 'search',
      placeholder: '/articles, set-cookie …',
      input: () => update(),
    })
    const result = h(
      'select',
      { change: () => update() },
      h('option', { value: '' }, 'all'),
      ...RESULTS.map((name) => h('option', { value: name }, name)),
    )
    const pause = h('button', { type: 'button', 'aria-pressed': 'false', click: () => toggle() }, 'Pause')
    const toggle = (): void => {
      held = held === undefined ? model.live : undefined
      pause.setAttribute('aria-pressed', String(held !== undefined))
      say(pause, held === undefined ? 'Pause' : 'Go on')
      update()
    }
    const table = liveTable(model.session.caches.length > 1)
    const update = (): void => {
      const text = filter.value.trim().toLowerCase()
      const rows = (held ?? model.live).filter(
        (it) =>
          (result.value === '' || it.result === result.value) && (text === '' || textOf(it).includes(text)),
      )
      table.update(rows)
    }
    const tools = h(
      'form.fields',
      { submit: (event) => event.preventDefault() },
      h('label.field.grow', {}, h('span', {}, 'Filter'), filter),
      h('label.field', {}, h('span', {}, 'Result'), result),
      h('div.buttons', {}, pause),
    )
    return {
      element: h('div.page', {}, h('h1', {}, 'Live'), panel('The last 200 exchanges', tools, table.element)),
      update,
    }
  },
}

function textOf({ route, reason = '', cache, purpose = '', status }: LiveExchange): string {
  return [route, reason, cache, purpose, status].join(' ').toLowerCase()
}

function liveTable(hasCaches: boolean) {
  return makeTable<LiveExchange>({
    caption: 'The last exchanges',
    keyOf: ({ process, n }) => `${process} ${n}`,
    empty: 'None.',
    columns: [
      { title: 'Time', cell: ({ at }) => timeText(at) },
      { title: 'Route', cell: ({ route }) => h('code', {}, route) },
      ...(hasCaches ? [{ title: 'Cache', isWide: true, cell: ({ cache }: LiveExchange) => cache }] : []),
      { title: 'Result', cell: ({ result, purpose }) => resultChip(result, purpose) },
      { title: 'Reason', cell: ({ reason = '' }) => reason },
      {
        title: 'Status',
        isNumber: true,
        isWide: true,
        cell: ({ status }) => (status === 0 ? '–' : String(status)),
      },
      { title: 'Time taken', isNumber: true, cell: ({ ms }) => latencyText(ms / 1000) },
      {
        title: 'Render',
        isNumber: true,
        isWide: true,
        cell: ({ renderMs }) => (renderMs === undefined ? '' : latencyText(renderMs / 1000)),
      },
      { title: 'Bytes', isNumber: true, isWide: true, cell: ({ bytes }) => bytesText(bytes) },
    ],
  })
}

function resultChip(result: string, purpose: string | undefined): HTMLElement {
  const dot = h('i')
  dot.dataset.result = result
  return h('span.result', {}, dot, result, purpose === undefined ? undefined : h('small', {}, ` ${purpose}`))
}
