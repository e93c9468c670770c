import type uPlot from 'uplot'
import { RESULTS, type ResultName } from '../../shared/columns.js'
import type { PurgeFigures, Series } from '../../shared/state.js'
import { fill, h, say } from './dom.js'
import { rateText, timeText } from './format.js'
import { padded } from './model.js'
import { RESULT_WORDS } from './words.js'

declare global {
  interface Window {
    /** Loaded by the page. */
    readonly uPlot: typeof uPlot
  }
}

const HEIGHT = 260
/** Steps that the table behind the chart shows. */
const TABLE_ROWS = 20

/** Chart of requests a second by result, with the table of its numbers. */
export interface RequestChart {
  readonly element: HTMLElement
  /** @param length steps that are shown */
  update(series: Series, length: number, at: number, purges: readonly PurgeFigures[]): void
  close(): void
}

/** Requests a second by result, at the ends of steps; stacked from the first result on. */
interface Rates {
  readonly times: readonly number[]
  readonly byResult: ReadonlyMap<ResultName, readonly number[]>
}

export function makeRequestChart(): RequestChart {
  const canvas = h('div.canvas')
  const legend = makeLegend()
  const table = h('tbody')
  const shown = RESULTS.map((name) => h('th', { scope: 'col' }, name))
  const behind = h(
    'details.behind',
    {},
    h('summary', {}, 'As a table'),
    h(
      'div.scroll',
      { tabindex: 0 },
      h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Time'), ...shown)), table),
    ),
  )
  const element = h('div.chart', {}, canvas, legend.element, behind)
  let rates: Rates = { times: [], byResult: new Map() }
  let purges: readonly PurgeFigures[] = []
  const plot = new Plot(
    canvas,
    () => purges,
    (index) => legend.show(rates, index),
  )
  return {
    element,
    update(series, length, at, latest) {
      rates = ratesOf(series, length, at)
      purges = latest
      plot.draw(rates)
      legend.show(rates, undefined)
      if (behind.open) fill(table, ...tableRows(rates))
    },
    close: () => plot.close(),
  }
}

/** Of seconds, the one under way is left out; of longer steps, it is their rate so far. */
function ratesOf(series: Series, length: number, at: number): Rates {
  const { step, last, columns } = series
  const isSeconds = step === 1000
  const end = isSeconds ? length - 1 : length
  const running = Math.max(1000, Math.min(step, at - last * step))
  const times = Array.from({ length: end }, (_, i) => ((last - length + 1 + i) * step) / 1000)
  const rateOf = (value: number, i: number) => (value / (i === length - 1 ? running : step)) * 1000
  const byResult = new Map(
    RESULTS.map(
      (name) =>
        [
          name,
          padded(columns[name] ?? [], length)
            .map(rateOf)
            .slice(0, end),
        ] as const,
    ),
  )
  return { times, byResult }
}

function makeLegend() {
  const values = new Map<ResultName, HTMLElement>()
  const time = h('span.time')
  const items = RESULTS.map((name) => {
    const value = h('b')
    values.set(name, value)
    const swatch = h('i')
    swatch.dataset.result = name
    const item = h('li', { title: RESULT_WORDS[name] }, swatch, name, ' ', value)
    return item
  })
  const element = h('div.legend', {}, h('ul', {}, ...items), time)
  return {
    element,
    /** @param index of the step; undefined: the last one */
    show({ times, byResult }: Rates, index: number | undefined): void {
      const at = index ?? times.length - 1
      for (const [i, name] of RESULTS.entries()) {
        const rate = byResult.get(name)?.[at] ?? 0
        const all = byResult.get(name) ?? []
        const item = items[i]
        if (item !== undefined) item.hidden = !all.some((it) => it > 0)
        const value = values.get(name)
        if (value !== undefined) say(value, rateText(rate))
      }
      say(time, index === undefined ? 'requests/s' : `at ${timeText((times[at] ?? 0) * 1000)}, requests/s`)
    },
  }
}

function tableRows({ times, byResult }: Rates): readonly HTMLElement[] {
  const indices = times.map((_, i) => i).slice(-TABLE_ROWS)
  return indices.reverse().map((i) => {
    const cells = RESULTS.map((name) => h('td.number', {}, rateText(byResult.get(name)?.[i] ?? 0)))
    return h('tr', {}, h('th', { scope: 'row' }, timeText((times[i] ?? 0) * 1000)), ...cells)
  })
}

/** The canvas: drawn anew when its width or the colours of the system change. */
class Plot {
  readonly #parent: HTMLElement
  readonly #purges: () => readonly PurgeFigures[]
  readonly #onCursor: (index: number | undefined) => void
  readonly #scheme = window.matchMedia('(prefers-color-scheme: dark)')
  readonly #observer: ResizeObserver
  #plot: uPlot | undefined
  #data: uPlot.AlignedData = [[]]

  constructor(
    parent: HTMLElement,
    purges: () => readonly PurgeFigures[],
    onCursor: (index: number | undefined) => void,
  ) {
    this.#parent = parent
    this.#purges = purges
    this.#onCursor = onCursor
    this.#observer = new ResizeObserver(() => this.#resize())
    this.#observer.observe(parent)
    this.#scheme.addEventListener('change', this.#recolour)
  }

  draw({ times, byResult }: Rates): void {
    this.#data = [[...times], ...stacked(byResult)]
    if (this.#plot === undefined) this.#make()
    else this.#plot.setData(this.#data)
  }

  close(): void {
    this.#observer.disconnect()
    this.#scheme.removeEventListener('change', this.#recolour)
    this.#plot?.destroy()
  }

  readonly #recolour = (): void => {
    this.#plot?.destroy()
    this.#plot = undefined
    this.#make()
  }

  #resize(): void {
    const width = this.#parent.clientWidth
    if (width === 0) return
    if (this.#plot === undefined) this.#make()
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT })
  }

  #make(): void {
    const width = this.#parent.clientWidth
    if (width === 0) return
    const colour = (name: string) => getComputedStyle(this.#parent).getPropertyValue(`--${name}`).trim()
    const axis = {
      stroke: colour('muted'),
      font: '12px system-ui, sans-serif',
      ticks: { show: false },
      grid: { stroke: colour('line'), width: 1 },
    }
    const results = [...RESULTS].reverse().map((name) => ({
      stroke: colour(name),
      fill: colour(name),
      width: 1 / devicePixelRatio,
      points: { show: false },
    }))
    const options: uPlot.Options = {
      width,
      height: HEIGHT,
      padding: [12, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 32,
          space: 84,
          values: (_, ticks) => ticks.map((it) => timeLabel(it, ticks)),
        },
        { ...axis, size: 48, values: (_, ticks) => ticks.map((it) => rateText(it)) },
      ],
      series: [{}, ...results],
      hooks: {
        draw: [(plot) => drawPurges(plot, this.#purges(), colour('ink'))],
        setCursor: [({ cursor }) => this.#onCursor(cursor.idx ?? undefined)],
      },
    }
    this.#plot = new window.uPlot(options, this.#data, this.#parent)
  }
}

/** Cumulated values, the highest first: each is drawn over the one before. */
function stacked(byResult: Rates['byResult']): number[][] {
  const sums: number[][] = []
  for (const name of RESULTS) {
    const below = sums.at(-1)
    const own = byResult.get(name) ?? []
    sums.push(own.map((value, i) => value + (below?.[i] ?? 0)))
  }
  return sums.reverse()
}

function timeLabel(seconds: number, ticks: readonly number[]): string {
  const text = timeText(seconds * 1000)
  const isCoarse = (ticks[1] ?? 0) - (ticks[0] ?? 0) >= 60
  return isCoarse ? text.replace(/:\d\d(?=\D*$)/, '') : text
}

/** A line at each invalidation, with a mark at its top. */
function drawPurges(plot: uPlot, purges: readonly PurgeFigures[], colour: string): void {
  const { ctx, bbox } = plot
  const { min, max } = plot.scales.x ?? {}
  ctx.save()
  ctx.strokeStyle = colour
  ctx.fillStyle = colour
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
  for (const { at, mode } of purges) {
    const seconds = at / 1000
    if (seconds < Number(min)) continue
    const x = Math.round(plot.valToPos(Math.min(seconds, Number(max)), 'x', true))
    ctx.globalAlpha = mode === 'soft' ? 0.35 : 0.6
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const size = 4 * devicePixelRatio
    ctx.beginPath()
    ctx.moveTo(x - size, bbox.top - size)
    ctx.lineTo(x + size, bbox.top - size)
    ctx.lineTo(x, bbox.top + size)
    ctx.fill()
  }
  ctx.restore()
}
