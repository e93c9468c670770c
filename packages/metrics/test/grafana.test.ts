import { readFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import { DEFINITIONS, type Definition, type MetricName } from '../src/index.js'

const read = (file: string) => readFile(new URL(`../grafana/${file}`, import.meta.url), 'utf8')

const dashboard = JSON.parse(await read('dashboard.json'))
const alerts = await read('alerts.yml')

/** Expressions of the alert rules, also those that stand on several lines. */
const rules = [...alerts.matchAll(/expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/g)].map(
  ([, lines, line]) => lines?.replace(/\n\s*/g, ' ').trim() ?? line ?? '',
)

const panels: { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[] =
  dashboard.panels

const expressions: (readonly [where: string, expression: string])[] = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.annotations.list.map(
    ({ name, expr }: { name: string; expr: string }) => [name, expr] as const,
  ),
  ...rules.map((expr, i) => [`rule ${i + 1}`, expr] as const),
]

const definitionOf = (name: string): Definition | undefined =>
  Object.hasOwn(DEFINITIONS, name) ? DEFINITIONS[name as MetricName] : undefined

/** Definition of a metric by the name of one of its series. */
function seriesOf(name: string): Definition | undefined {
  const whole = definitionOf(name)
  if (whole !== undefined) return whole.type === 'histogram' ? undefined : whole
  const own = definitionOf(name.replace(/_(bucket|sum|count)$/, ''))
  return own?.type === 'histogram' ? own : undefined
}

describe('the dashboard of Grafana', () => {
  it('has 16 panels, each with a title and an expression, none over another', () => {
    expect(panels).toHaveLength(16)
    for (const { title, targets } of panels)
      expect([title, targets.length > 0]).toEqual([expect.any(String), true])
    const cells = dashboard.panels.flatMap(
      ({ gridPos: { x, y, w, h } }: { gridPos: Record<string, number> }) =>
        Array.from(
          { length: Number(w) * Number(h) },
          (_, i) => `${Number(x) + (i % Number(w))} ${Number(y) + Math.floor(i / Number(w))}`,
        ),
    )
    expect(new Set(cells).size).toBe(cells.length)
  })
})

describe('the alert rules', () => {
  it('tell a hit ratio that fell, a store that is down, unused evictions, errors and too many variants', () => {
    expect(rules).toHaveLength(5)
    expect(alerts.match(/alert: \w+/g)).toHaveLength(5)
  })
})

describe.each(expressions)('the expression of %s', (_where, expression) => {
  it('names metrics that exist, with labels that they have', () => {
    const names = expression.match(/sitecache_\w+/g) ?? []
    expect(names.length).toBeGreaterThan(0)
    const labels = names.flatMap((name) => {
      const definition = seriesOf(name)
      expect([name, definition === undefined]).toEqual([name, false])
      return [...(definition?.labels ?? []), ...(definition?.type === 'histogram' ? ['le'] : [])]
    })
    const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/))
    const selected = [...expression.matchAll(/[{,]\s*(\w+)(?:=~|!=|!~|=)"/g)].map(([, label = '']) => label)
    expect([...grouped, ...selected].filter((label) => !labels.includes(label))).toEqual([])
  })

  it('takes the rate of counters alone', () => {
    for (const [, name = ''] of expression.matchAll(/(?:rate|increase)\((\w+)/g))
      expect([name, seriesOf(name)?.type]).toEqual([name, expect.stringMatching(/counter|histogram/)])
  })
})
