import { h } from './dom.js'
import type { Model } from './model.js'

/** A page of the dashboard while it is open. */
export interface OpenPage {
  readonly element: HTMLElement
  /** Called at once, and whenever the model has changed. */
  update(): void
  close?(): void
}

/** A page of the dashboard. */
export interface PageDefinition {
  /** Part of the URL behind `#/`. */
  readonly name: string
  readonly title: string
  /** @param query what stands behind `?` in the fragment */
  open(model: Model, query: URLSearchParams): OpenPage
}

/** A part of a page, with its heading. */
export function panel(title: string, ...children: Parameters<typeof h>[2][]): HTMLElement {
  return h('section.panel', {}, h('h2', {}, title), ...children)
}

/** A figure with its label. */
export function figure(
  label: string,
  hint?: string,
): { element: HTMLElement; value: HTMLElement; note: HTMLElement } {
  const [value, note] = [h('dd.value'), h('dd.note')]
  return { element: h('dl.figure', { title: hint }, h('dt', {}, label), value, note), value, note }
}

/** Selection of a cache; hidden where there is one alone. */
export function cacheSelect(model: Model): { element: HTMLElement; value: () => string } {
  const { caches } = model.session
  const select = h(
    'select',
    { name: 'cache' },
    ...caches.map((alias) => h('option', { value: alias }, alias)),
  )
  const element = h('label.field', {}, h('span', {}, 'Cache'), select)
  element.hidden = caches.length < 2
  return { element, value: () => select.value || (caches[0] ?? 'default') }
}

/** Note on a page that shows what one process alone knows; hidden where there is but one. */
export function oneOfProcesses(model: Model, subject: string): { element: HTMLElement; update(): void } {
  const element = h('p.note.process')
  const update = (): void => {
    const { processes } = model
    element.hidden = processes < 2
    element.textContent = `${subject} of the process that answers, one of ${processes}: the others may have seen something else.`
  }
  update()
  return { element, update }
}
