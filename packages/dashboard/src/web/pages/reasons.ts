import type { Explanation } from '@sitecache/express'
import type { RouteFigures, SampledRequest } from '../../shared/state.js'
import { makeNotice, messageOf } from '../parts/actions.js'
import { get, post } from '../parts/client.js'
import { type Child, fill, h } from '../parts/dom.js'
import { explanationPanels } from '../parts/explanation.js'
import { countText, latencyText, timeText } from '../parts/format.js'
import type { Model } from '../parts/model.js'
import { type OpenPage, oneOfProcesses, type PageDefinition, panel } from '../parts/page.js'

/** Texts about a reason. */
interface ReasonText {
  readonly means: string
  readonly cause: string
  readonly remedy: string
  readonly code: string
}

/** One cell of the matrix. */
interface Chosen {
  readonly reason: string
  readonly route: string | undefined
}

const MOST_ROUTES = 8
let texts: Promise<Readonly<Record<string, ReasonText>>> | undefined

/** Reasons by routes; each cell opens what its reason means, and what mends it. */
export const reasons: PageDefinition = {
  name: 'reasons',
  title: 'Not cached',
  open(model, query): OpenPage {
    const matrix = h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Reasons by route' })
    const about = h('div.about', { 'aria-live': 'polite' })
    let chosen: Chosen | undefined
    let drawn = ''
    const choose = (next: Chosen): void => {
      chosen = next
      void explainReason(about, next, model)
      for (const cell of matrix.querySelectorAll('button'))
        cell.setAttribute('aria-pressed', String(isOf(cell, next)))
    }
    const update = (): void => {
      const now = JSON.stringify(
        model.state.routes.map(({ cache, route, reasons }) => [cache, route, reasons]),
      )
      if (now === drawn) return
      drawn = now
      const focused = matrix.contains(document.activeElement) ? chosen : undefined
      fill(matrix, drawMatrix(model.state.routes, chosen, choose))
      if (focused !== undefined)
        [...matrix.querySelectorAll('button')].find((cell) => isOf(cell, focused))?.focus()
    }
    const [reason, route] = [query.get('reason'), query.get('route')]
    if (reason !== null) choose({ reason, route: route ?? undefined })
    const element = h(
      'div.page',
      {},
      h('h1', {}, 'Not cached'),
      h(
        'p.lead',
        {},
        'Responses that were not stored, and requests that went past the cache, since the start. Choose a number to see why, and what to do.',
      ),
      panel('Reasons by route', matrix),
      about,
    )
    return { element, update }
  },
}

function isOf(cell: HTMLElement, { reason, route }: Chosen): boolean {
  return cell.dataset.reason === reason && cell.dataset.route === (route ?? '')
}

function drawMatrix(
  all: readonly RouteFigures[],
  chosen: Chosen | undefined,
  choose: (chosen: Chosen) => void,
): HTMLElement {
  const routes = totals(
    all.flatMap(({ route, reasons }) => Object.values(reasons).map((n) => [route, n] as const)),
  )
  const rows = totals(all.flatMap(({ reasons }) => Object.entries(reasons)))
  if (rows.length === 0) return h('p.empty', {}, 'All that could be cached, was.')
  const shown = routes.slice(0, MOST_ROUTES).map(([route]) => route)
  const countOf = (reason: string, route: string) =>
    all.filter((it) => it.route === route).reduce((sum, it) => sum + (it.reasons[reason] ?? 0), 0)
  const most = Math.max(...rows.flatMap(([reason]) => shown.map((route) => countOf(reason, route))))
  const cell = (reason: string, route: string | undefined, count: number): HTMLElement => {
    if (count === 0) return h('td.number')
    const name = `${reason}${route === undefined ? '' : `, ${route}`}: ${countText(count)}`
    const pressed = chosen !== undefined && chosen.reason === reason && chosen.route === route
    const button = h(
      'button.cell',
      {
        type: 'button',
        'aria-label': name,
        'aria-pressed': String(pressed),
        click: () => choose({ reason, route }),
      },
      countText(count),
    )
    button.dataset.reason = reason
    button.dataset.route = route ?? ''
    if (route !== undefined) button.style.setProperty('--heat', `${Math.round(8 + (count / most) * 42)}%`)
    return h('td.number', {}, button)
  }
  return h(
    'table.matrix',
    {},
    h('caption.hidden', {}, 'Reasons by route'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Reason'),
        h('th.number', { scope: 'col' }, 'All'),
        ...shown.map((route) => h('th.number', { scope: 'col' }, h('code', {}, route))),
      ),
    ),
    h(
      'tbody',
      {},
      ...rows.map(([reason, count]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, reason),
          cell(reason, undefined, count),
          ...shown.map((route) => cell(reason, route, countOf(reason, route))),
        ),
      ),
    ),
  )
}

function totals(pairs: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>()
  for (const [name, count] of pairs) sums.set(name, (sums.get(name) ?? 0) + count)
  return [...sums].sort(([, one], [, other]) => other - one)
}

async function explainReason(about: HTMLElement, chosen: Chosen, model: Model): Promise<void> {
  const { reason, route } = chosen
  texts ??= get('api/reasons')
  const all = await texts.catch(() => {
    texts = undefined
    return {} as Readonly<Record<string, ReasonText>>
  })
  const text = Object.hasOwn(all, reason) ? all[reason] : undefined
  const sampled = h('div.stack')
  fill(
    about,
    panel(route === undefined ? reason : `${reason} on ${route}`, adviceOf(text), recentList(chosen, model)),
    sampled,
  )
  const cache = model.state.routes.find((it) => it.route === route && (it.reasons[reason] ?? 0) > 0)?.cache
  if (route !== undefined && cache !== undefined) await showSample(sampled, { cache, route, reason }, model)
}

function adviceOf(text: ReasonText | undefined): Child {
  if (text === undefined) return h('p', {}, 'A reason of the application’s own.')
  const { means, cause, remedy, code } = text
  return [
    h('p.means', {}, means),
    h('dl.advice', {}, h('dt', {}, 'Cause'), h('dd', {}, cause), h('dt', {}, 'Remedy'), h('dd', {}, remedy)),
    h('pre', {}, h('code', {}, code)),
  ]
}

function recentList({ reason, route }: Chosen, model: Model): HTMLElement {
  const recent = model.live
    .filter((it) => it.reason === reason && (route === undefined || it.route === route))
    .slice(0, 6)
  if (recent.length === 0) return h('p.empty', {}, 'None of the last exchanges had it.')
  const items = recent.map(({ at, route: of, status, ms }) =>
    h(
      'li',
      {},
      h('time', {}, timeText(at)),
      h('code', {}, of),
      h('span', {}, `status ${status}`),
      h('span', {}, latencyText(ms / 1000)),
    ),
  )
  return h('ul.recent', {}, ...items)
}

/** Shows a request that had the reason, and on demand what would become of it now. */
async function showSample(place: HTMLElement, fields: object, model: Model): Promise<void> {
  const { token } = model.session
  const { sample } = await post<{ sample?: SampledRequest }>('api/sample', token, fields).catch(() => ({
    sample: undefined,
  }))
  if (sample === undefined) return
  const { method, url, status, at, headers, masked } = sample
  const found = h('div.stack', { 'aria-live': 'polite' })
  const notice = makeNotice()
  const explain = async (): Promise<void> => {
    try {
      const asked = { target: url, method, headers, cache: Reflect.get(fields, 'cache') }
      fill(found, explanationPanels(await post<Explanation>('api/explain', token, asked)))
    } catch (error) {
      notice.say(messageOf(error), true)
    }
  }
  const isAskable = method === 'GET' || method === 'HEAD'
  const button = h('button', { type: 'button', click: () => void explain() }, 'Explain this request')
  const shown = Object.entries(headers).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])
  const hidden = masked.flatMap((name) => [h('dt', {}, name), h('dd.hint', {}, 'not kept')])
  fill(
    place,
    panel(
      'A request that had it',
      h('p', {}, h('code', {}, `${method} ${url}`), ` at ${timeText(at)}, status ${status}`),
      oneOfProcesses(model, 'The sample is').element,
      h('dl.advice', {}, ...shown, ...hidden),
      isAskable && h('div.buttons', {}, button),
      notice.element,
    ),
    found,
  )
}
