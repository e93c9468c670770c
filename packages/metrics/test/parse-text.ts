/** A metric as the text format tells it. */
export interface ParsedMetric {
  readonly help: string
  readonly type: string
  /** Values by the name and labels of their line. */
  readonly values: Map<string, number>
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const label = '[a-zA-Z_][a-zA-Z0-9_]*'
const text = '"(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const sample = new RegExp(
  `^(${name})(\\{(?:${label}=${text}(?:,${label}=${text})*)?\\})? (\\+Inf|-Inf|NaN|[-+0-9.e]+)$`,
)

/**
 * Parses the text format of Prometheus, version 0.0.4, as strictly as promtool checks it: each
 * metric has one HELP and one TYPE in front of its samples, which stand together; a counter ends
 * with `_total`; a histogram has cumulative buckets up to `+Inf`, a sum and a count.
 *
 * @throws an error that names the line
 */
export function parseText(whole: string): ReadonlyMap<string, ParsedMetric> {
  if (!whole.endsWith('\n')) throw new Error('the last line has no end')
  const metrics = new Map<string, ParsedMetric>()
  let help: { name: string; text: string } | undefined
  let current: { name: string; metric: ParsedMetric } | undefined
  for (const line of whole.slice(0, -1).split('\n')) {
    const [, kind, about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') {
      if (metrics.has(about)) throw new Error(`a second HELP: ${line}`)
      help = { name: about, text: rest }
    } else if (kind === 'TYPE') {
      if (help?.name !== about) throw new Error(`TYPE without HELP: ${line}`)
      if (rest === 'counter' && !about.endsWith('_total'))
        throw new Error(`a counter without _total: ${line}`)
      const metric = { help: help.text, type: rest, values: new Map<string, number>() }
      metrics.set(about, metric)
      current = { name: about, metric }
    } else addSample(line, current)
  }
  for (const [about, metric] of metrics) if (metric.type === 'histogram') checkHistogram(about, metric)
  return metrics
}

function addSample(line: string, current: { name: string; metric: ParsedMetric } | undefined): void {
  const [, about = '', labels = '', value = ''] = sample.exec(line) ?? []
  if (about === '') throw new Error(`no sample: ${line}`)
  const own = current?.metric.type === 'histogram' ? about.replace(/_(bucket|sum|count)$/, '') : about
  if (current === undefined || own !== current.name) throw new Error(`a sample of another metric: ${line}`)
  if (current.metric.values.has(`${about}${labels}`)) throw new Error(`twice: ${line}`)
  current.metric.values.set(`${about}${labels}`, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value))
}

function checkHistogram(about: string, { values }: ParsedMetric): void {
  const series = new Map<string, { bounds: number[]; counts: number[] }>()
  for (const [key, value] of values) {
    const [, labels, le] = /^\w+_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key) ?? []
    if (labels === undefined) continue
    const it = series.get(labels) ?? { bounds: [], counts: [] }
    it.bounds.push(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le))
    it.counts.push(value)
    series.set(labels, it)
  }
  for (const [labels, { bounds, counts }] of series) {
    const isRising = (list: number[], isEqualAllowed: boolean) =>
      list.every((it, i) => i === 0 || it > (list[i - 1] ?? 0) || (isEqualAllowed && it === list[i - 1]))
    const braces = labels === '' ? '' : `{${labels}}`
    const isWhole =
      bounds.at(-1) === Number.POSITIVE_INFINITY && values.get(`${about}_count${braces}`) === counts.at(-1)
    if (
      !isRising(bounds, false) ||
      !isRising(counts, true) ||
      !isWhole ||
      !values.has(`${about}_sum${braces}`)
    )
      throw new Error(`a histogram that is none: ${about}{${labels}}`)
  }
}
