import type { ProcessFigures, PurgeFigures, State } from '../../shared/state.js'
import { shareBar } from '../parts/bars.js'
import { makeRequestChart, type RequestChart } from '../parts/chart.js'
import { fill, h, newId, say } from '../parts/dom.js'
import {
  agoText,
  bytesText,
  countText,
  latencyText,
  percentText,
  rateText,
  shortCount,
  spanParts,
  spanText,
} from '../parts/format.js'
import type { Model } from '../parts/model.js'
import { figure, type OpenPage, type PageDefinition, panel } from '../parts/page.js'
import { makeTable } from '../parts/table.js'
import { type Quantiles, secondsOf, type WindowName, windowFigures } from '../parts/window.js'

const windows: readonly (readonly [WindowName, string, string])[] = [
  ['minute', '1 min', 'in the last minute'],
  ['hour', '1 h', 'in the last hour'],
  ['day', '24 h', 'in the last 24 hours'],
  ['all', 'All', 'since the start'],
]

const KEY = 'sitecache.window'
/** Steps of a chart, where less time has passed. */
const LEAST_STEPS = 60

/** Time saved and offload first; then what makes them. */
export const overview: PageDefinition = {
  name: '',
  title: 'Overview',
  open(model): OpenPage {
    const chosen = windowSwitch(() => update())
    const hero = makeHero()
    const chart = makeRequestChart()
    const details = makeDetails()
    const processes = processTable()
    const purges = purgeTable(() => model.state.at)
    const update = (): void => {
      const { state } = model
      const name = chosen.value()
      hero.update(state, name)
      drawChart(chart, state, name)
      details.update(model, name)
      processes.update(state.processes)
      purges.update([...state.purges].reverse().slice(0, 12))
    }
    const element = h(
      'div.page.overview',
      {},
      h('div.heading', {}, h('h1', {}, 'Overview'), chosen.element),
      hero.element,
      panel('Requests', chart.element),
      details.element,
      h('div.columns', {}, panel('Processes', processes.element), panel('Invalidations', purges.element)),
    )
    return { element, update, close: () => chart.close() }
  },
}

function windowSwitch(onChange: () => void) {
  const name = newId()
  const first = windows.some(([it]) => it === sessionStorage.getItem(KEY))
    ? sessionStorage.getItem(KEY)
    : 'hour'
  const inputs = windows.map(([value]) =>
    h('input', {
      type: 'radio',
      name,
      value,
      id: `${name}-${value}`,
      checked: value === first,
      change: () => {
        sessionStorage.setItem(KEY, value)
        onChange()
      },
    }),
  )
  const choices = windows.map(([value, label], i) => [
    inputs[i],
    h('label', { for: `${name}-${value}` }, label),
  ])
  return {
    element: h('fieldset.switch', {}, h('legend.hidden', {}, 'Stretch of time'), ...choices),
    value: (): WindowName => (inputs.find(({ checked }) => checked)?.value ?? 'hour') as WindowName,
  }
}

function makeHero() {
  const [value, unit, note] = [h('span.sum'), h('span.unit'), h('p.note')]
  const saved = h('section.hero', {}, h('h2', {}, 'Render time saved'), h('p.big', {}, value, unit), note)
  const served = makeRatio('Served', 'Requests that got a stored page, of all that were looked up')
  const offload = makeRatio(
    'Offloaded',
    'Requests for which no handler was asked: without those it confirmed',
  )
  return {
    element: h('div.heroes', {}, saved, served.element, offload.element),
    update(state: State, name: WindowName): void {
      const figures = windowFigures(state, name)
      const [number, of] = spanParts(figures.savedSeconds)
      say(value, number)
      say(unit, of)
      const busy = figures.savedSeconds / secondsOf(state, name)
      const when = whenText(state, name)
      say(
        note,
        `${when}: the work of ${rateText(busy)} ${busy >= 0.995 && busy < 1.005 ? 'handler' : 'handlers'} at a time`,
      )
      served.update(
        figures.servedRatio,
        `${shortCount(figures.served)} of ${shortCount(figures.lookedUp)} looked up`,
      )
      const { all, lookedUp } = figures
      offload.update(
        figures.offloadRatio,
        all === lookedUp ? 'no handler was asked' : `${shortCount(all - lookedUp)} more went past the cache`,
      )
    },
  }
}

/** Words for the stretch of time; the processes may not have run for all of it. */
function whenText(state: State, name: WindowName): string {
  const [, , words = ''] = windows.find(([it]) => it === name) ?? []
  const since = secondsOf(state, 'all')
  return name !== 'all' && since > secondsOf(state, name)
    ? words
    : `since the start, ${spanText(Math.round(since))} ago`
}

function makeRatio(title: string, hint: string) {
  const [value, note, bar] = [h('p.big'), h('p.note'), h('div')]
  return {
    element: h('section.ratio', { title: hint }, h('h2', {}, title), value, bar, note),
    update(ratio: number | undefined, text: string): void {
      say(value, percentText(ratio))
      fill(bar, shareBar(ratio ?? 0, `${title}: ${percentText(ratio)}`))
      say(note, text)
    },
  }
}

function drawChart(chart: RequestChart, state: State, name: WindowName): void {
  const { at, purges } = state
  const { series, most } = chartOf(state, name)
  // Nothing is drawn of the time before the processes have started.
  const steps = Math.ceil((secondsOf(state, 'all') * 1000) / series.step) + 1
  chart.update(series, Math.min(most, Math.max(LEAST_STEPS, steps)), at, purges)
}

/** The finest chart that has the whole window, or all since the start. */
function chartOf(state: State, name: WindowName) {
  const { seconds, minutes, tens } = state
  const shown = secondsOf(state, name)
  if (shown <= 290) return { series: seconds, most: 300 }
  return shown <= 3600 ? { series: minutes, most: 60 } : { series: tens, most: 144 }
}

function makeDetails() {
  const hits = figure('Hit, p50', 'Time to serve a stored page, from its look-up to its last byte')
  const renders = figure('Render, p50', 'Time that handlers took until their head, refreshes included')
  const bytes = figure('Bytes from the cache')
  const rate = figure('Requests')
  const stores = figure('Stores')
  const flight = figure('Being rendered')
  const latency = (it: typeof hits, { p50, p95, p99 }: Quantiles): void => {
    say(it.value, latencyText(p50))
    fill(it.note, h('span', {}, `p95 ${latencyText(p95)}`), ' ', h('span', {}, `p99 ${latencyText(p99)}`))
  }
  return {
    element: h('div.figures', {}, ...[rate, hits, renders, bytes, flight, stores].map((it) => it.element)),
    update({ state, processes }: Model, name: WindowName): void {
      const figures = windowFigures(state, name)
      latency(hits, figures.hit)
      latency(renders, figures.render)
      say(rate.value, countText(figures.all))
      say(rate.note, `${rateText(figures.all / secondsOf(state, name))} a second`)
      say(bytes.value, bytesText(figures.cacheBytes))
      say(bytes.note, `${bytesText(figures.handlerBytes)} from handlers`)
      say(flight.value, countText(state.inFlight))
      say(flight.note, processes === 1 ? 'in one process' : `in ${processes} processes`)
      const down = state.stores.filter(({ circuit }) => circuit !== 'closed')
      const errors = state.stores
        .flatMap((store) => Object.values(store.errors))
        .reduce((sum, it) => sum + it, 0)
      say(stores.value, down.length === 0 ? 'Up' : `${down.length} down`)
      stores.value.classList.toggle('bad', down.length > 0)
      say(stores.note, errors === 0 ? 'no error' : `${countText(errors)} errors since the start`)
    },
  }
}

function processTable() {
  return makeTable<ProcessFigures>({
    caption: 'Processes',
    keyOf: ({ id }) => id,
    empty: 'None.',
    columns: [
      { title: 'Host', cell: ({ host }) => host },
      { title: 'Process', isNumber: true, cell: ({ pid }) => String(pid) },
      { title: 'Requests', isNumber: true, cell: ({ requests }) => countText(requests) },
      { title: 'Served', isNumber: true, cell: ({ served }) => countText(served) },
      { title: 'Memory', isNumber: true, cell: ({ rss }) => bytesText(rss) },
      { title: 'Started', cell: ({ started }) => agoText(started, Date.now()) },
      { title: 'Node', isWide: true, cell: ({ node }) => node },
    ],
  })
}

function purgeTable(now: () => number) {
  return makeTable<PurgeFigures>({
    caption: 'Invalidations',
    keyOf: ({ at, cache, by, mode, tag = '' }) => [at, cache, by, mode, tag].join(' '),
    empty: 'Nothing was invalidated.',
    columns: [
      { title: 'When', cell: ({ at }) => agoText(at, now()) },
      { title: 'By', cell: ({ by, count }) => (count === 1 ? by : `${by}, ${countText(count)} times`) },
      { title: 'Mode', cell: ({ mode }) => mode },
      { title: 'Cache', cell: ({ cache }) => cache },
    ],
  })
}
