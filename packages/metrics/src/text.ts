import type { Family, HistogramSeries, NumberSeries, Sample } from './series.js'

/** Media type of the text format. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Writes metrics in the text format of Prometheus; those without a series are left out. */
export function writeText(families: readonly Family<NumberSeries | HistogramSeries>[]): string {
  return families.map(writeFamily).join('')
}

function writeFamily(family: Family<NumberSeries | HistogramSeries>): string {
  const { name, definition } = family
  const samples = family.samples()
  if (samples.length === 0) return ''
  const lines = samples.map((sample) => writeSample(name, sample))
  return `# HELP ${name} ${escapeHelp(definition.help)}\n# TYPE ${name} ${definition.type}\n${lines.join('')}`
}

function writeSample(name: string, { metricName = name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(String(text))}"`)
  const braces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return `${metricName}${braces} ${writeNumber(value)}\n`
}

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replace(/"/g, '\\"')
}
