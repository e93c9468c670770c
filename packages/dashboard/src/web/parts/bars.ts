import { RESULTS, type ResultName } from '../../shared/columns.js'
import { h } from './dom.js'
import { countText } from './format.js'

/** Bar of shares by result. Its numbers stand beside it, so it is not read aloud. */
export function resultBar(results: Readonly<Partial<Record<ResultName, number>>>): HTMLElement {
  const parts = RESULTS.filter((name) => (results[name] ?? 0) > 0).map((name) => {
    const part = h('span', { title: `${name}: ${countText(results[name])}` })
    part.dataset.result = name
    part.style.flexGrow = String(results[name] ?? 0)
    return part
  })
  return h('div.bar', { 'aria-hidden': 'true' }, ...parts)
}

/** Bar that is filled to a share. @param warnAbove share from which it is shown as full */
export function shareBar(share: number, label: string, warnAbove = 1): HTMLElement {
  const part = h('span')
  part.style.width = `${Math.min(100, Math.max(0, share * 100))}%`
  const bar = h('div.share', { role: 'img', 'aria-label': label }, part)
  if (share > warnAbove) bar.classList.add('full')
  return bar
}

/** Columns of a histogram, each with its label and count. */
export function histogram(
  counts: readonly number[],
  labels: readonly string[],
  caption: string,
): HTMLElement {
  const most = Math.max(1, ...counts)
  const columns = labels.map((label, i) => {
    const count = counts[i] ?? 0
    const column = h('i')
    column.style.height = `${(count / most) * 100}%`
    return h(
      'li',
      { title: `${label}: ${countText(count)}` },
      h('span.hidden', {}, `${label}: ${countText(count)}`),
      h('span.column', { 'aria-hidden': 'true' }, column),
      h('span.label', { 'aria-hidden': 'true' }, label),
    )
  })
  return h('ul.histogram', { 'aria-label': caption }, ...columns)
}
