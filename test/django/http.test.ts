import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type Caches, createCaches, memoryStore } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { type Built, build } from './application.js'
import { type Answer, ask, observe } from './observe.js'
import type { AppSpec, Difference, Observation, Scenario } from './scenario.js'

const read = async (name: string) =>
  JSON.parse(await readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
const { scenarios }: { scenarios: readonly Scenario[] } = await read('http.json')
const { http: recorded }: { http: readonly Difference[] } = await read('deliberate-differences.json')
const { http: ours }: { http: readonly Difference[] } = await read('our-differences.json')
const differences = [...recorded, ...ours]

const start = Date.parse('2026-11-24T12:00:00.000Z')

afterEach(() => {
  jest.restoreAllMocks()
})

async function run(scenario: Scenario): Promise<Observation[]> {
  let now = start
  jest.spyOn(Date, 'now').mockImplementation(() => now)
  const store = memoryStore()
  const apps: Readonly<Record<string, AppSpec>> = scenario.apps ?? {
    only: { ...scenario, site: scenario.site ?? {} },
  }
  const caches = new Map<string, Caches>()
  const servers = new Map<string, Built & Awaited<ReturnType<typeof listen>>>()
  for (const [name, spec] of Object.entries(apps)) {
    const { cacheVersion: version = 1, cacheKeyPrefix: keyPrefix = '' } = spec.site
    caches.set(
      name,
      createCaches({ default: { store, version, keyPrefix }, special: { store: memoryStore() } }),
    )
    const built = build(spec, caches.get(name) as Caches)
    servers.set(name, { ...built, ...(await listen(built.app)) })
  }
  const answers: Answer[] = []
  const observations: Observation[] = []
  const [first = ''] = Object.keys(apps)
  for (const request of scenario.requests) {
    if (request.op === 'clear') {
      await caches
        .get(first)
        ?.get(request.cache ?? 'default')
        .clear()
      continue
    }
    now += (request.pauseSeconds ?? 0) * 1000
    const server = servers.get(request.app ?? first)
    if (server === undefined) throw new Error('the scenario names no such app')
    const before = server.runs()
    const answer = await ask(
      Number(new URL(server.url).port),
      request,
      withTags(request.headers ?? {}, answers),
    )
    answers.push(answer)
    observations.push(observe(answer, server.runs() > before, now))
  }
  for (const server of servers.values()) await server.close()
  return observations
}

/** `{etag:0}` stands for the ETag of the first response. */
function withTags(
  headers: Readonly<Record<string, string>>,
  answers: readonly Answer[],
): Record<string, string> {
  const fill = (value: string): string =>
    value.replace(/\{etag:(\d+)\}/g, (_, index) => String(answers[Number(index)]?.response.headers.etag))
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
}

const decisive = ['status', 'ran', 'counter', 'empty', 'echo', 'contentEncoding'] as const
const told = [
  'cacheControl',
  'vary',
  'lastModified',
  'etag',
  'contentLanguage',
  'setCookie',
  'location',
  'extra',
] as const

/** Compares with Django's answer, except where the difference is one on purpose. */
function compare(
  seen: Observation,
  golden: Observation,
  index: number,
  difference: Difference | undefined,
): void {
  const { fields, ran, status, counter } = difference ?? {}
  if (difference !== undefined && !fields && !ran && !status && !counter) return
  const expected: Record<string, unknown> = { ...golden }
  for (const [name, list] of Object.entries({ ran, status, counter })) {
    const value = list?.[index]
    if (value !== undefined && value !== null) expected[name] = value
  }
  const loose = new Set<string>(
    fields ?? (difference === undefined ? [] : [...decisive, ...told, 'expiresIn']),
  )
  if (difference !== undefined)
    for (const [name, list] of Object.entries({ ran, status, counter }))
      if (list?.[index] != null) loose.delete(name)
  for (const name of [...decisive, ...told]) {
    if (!loose.has(name)) expect([index, name, seen[name]]).toEqual([index, name, expected[name]])
  }
  if (loose.has('expiresIn')) return
  if (golden.expiresIn === null) expect([index, seen.expiresIn]).toEqual([index, null])
  else expect(Math.abs(Number(seen.expiresIn) - golden.expiresIn)).toBeLessThanOrEqual(2)
}

describe('what Django answers, so do we', () => {
  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s', async (id, scenario) => {
    const observations = await run(scenario)
    const difference = differences.find(({ ids }) => ids.includes(id))
    const golden = scenario['django-3.2']
    const asked = scenario.requests.filter((request) => request.op === undefined)
    expect(observations).toHaveLength(asked.length)
    const offset = golden.length === scenario.requests.length
    observations.forEach((seen, i) => {
      const index = offset ? scenario.requests.indexOf(asked[i] as never) : i
      const expected = golden[index]
      if (expected === undefined) throw new Error('the scenario has no answer')
      compare(seen, expected, index, difference)
    })
  })
})
