import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, dummyStore, memoryStore, type Store, type Timeout } from '../index.js'

/** A call whose result was recorded from real Django; see fixtures. */
interface Step {
  readonly op: string
  readonly on?: string
  readonly key?: unknown
  readonly keys?: string[]
  readonly value?: unknown
  readonly default?: unknown
  readonly timeout?: Timeout
  readonly version?: number
  readonly seconds?: number
  readonly delta?: number
  readonly count?: number
  readonly items?: Record<string, unknown>
  readonly factory?: unknown
}

interface Answer {
  readonly value?: unknown
  readonly error?: string
  readonly warnings?: number
}

type Config = Readonly<Record<string, unknown>>

interface Golden {
  readonly id: string
  readonly title: string
  readonly steps: readonly Step[]
  readonly config?: Config
  readonly handles?: Readonly<Record<string, Config>>
  readonly 'django-3.2': Readonly<Record<string, readonly Answer[]>>
}

interface Difference {
  readonly ids: readonly string[]
  readonly backends?: readonly string[]
  readonly steps?: Readonly<Record<string, unknown>>
  readonly fields?: readonly string[]
}

const load = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'))
const { cases }: { cases: readonly Golden[] } = load('lowlevel.json')
const differences: { lowlevel: readonly Difference[]; errorNames: Record<string, string[]> } = load(
  'deliberate-differences.json',
)

/** Any result passes: ours is tested with its subject. */
const FREE = Symbol('free')

function run(golden: Golden, backend: string) {
  let time = 1_800_000_000_000
  let calls = 0
  const now = () => time
  const { maxEntries, cullFrequency, ...shared } = golden.config ?? {}
  const limits = Object.fromEntries(
    Object.entries({ maxEntries, cullFrequency }).filter(([, v]) => v !== undefined),
  )
  const store: Store = backend === 'dummy' ? dummyStore() : memoryStore({ ...limits, now })
  const settings = Object.entries(golden.handles ?? { default: {} }).map(([alias, own]) => {
    const keyFunction = own.keyFunction === 'key-only' ? { keyFunction: (key: string) => key } : {}
    return [alias, { ...shared, ...own, ...keyFunction, store }]
  })
  const caches = createCaches(Object.fromEntries(settings), { now })

  return async (step: Step): Promise<unknown> => {
    if (step.op === 'sleep') time += (step.seconds ?? 0) * 1000
    if (step.op === 'factory_calls') return calls
    const cache = caches.get(step.on ?? [...caches][0] ?? 'default')
    const perform = operations[step.op]
    const counting = () => {
      calls++
      return step.factory
    }
    return perform?.(cache, { ...step, key: decode(step.key), value: decode(step.value) }, counting)
  }
}

type Perform = (
  cache: Cache,
  step: Step & { key: unknown },
  factory: () => unknown,
) => Promise<unknown> | unknown

const key = (step: Step) => step.key as string
const options = ({ timeout, version }: Step) => ({
  ...(timeout !== undefined && { timeout }),
  ...(version !== undefined && { version }),
})
const record = async (values: Promise<Map<string, unknown>>) => Object.fromEntries(await values)
const range = (count = 0) => Array.from({ length: count }, (_, i) => `k${i}`)
const change = (value: unknown) => void (value as { x: number[] }).x.push(99)

const operations: Record<string, Perform> = {
  get: (c, s) => c.get(key(s), { ...options(s), default: s.default }),
  set: (c, s) => c.set(key(s), s.value, options(s)),
  add: (c, s) => c.add(key(s), s.value, options(s)),
  has_key: (c, s) => c.has(key(s), options(s)),
  touch: (c, s) => c.touch(key(s), options(s)),
  delete: (c, s) => c.delete(key(s), options(s)),
  delete_many: (c, s) => c.deleteMany(s.keys ?? [], options(s)),
  clear: (c) => c.clear(),
  get_many: (c, s) => record(c.getMany(s.keys ?? [], options(s))),
  set_many: (c, s) => c.setMany(s.items ?? {}, options(s)),
  get_or_set: (c, s, factory) => c.getOrSet(key(s), 'factory' in s ? factory : s.value, options(s)),
  incr: (c, s) => c.incr(key(s), s.delta, options(s)),
  decr: (c, s) => c.decr(key(s), s.delta, options(s)),
  incr_version: (c, s) => c.incrVersion(key(s), s.delta, options(s)),
  decr_version: (c, s) => c.decrVersion(key(s), s.delta, options(s)),
  make_key: (c, s) => c.makeKey(key(s)),
  present: async (c, s) => [...(await c.getMany(s.keys ?? [])).keys()],
  count: async (c, s) => (await c.getMany(s.keys ?? [])).size,
  incr_times: async (c, s) => {
    let last: number | undefined
    for (let i = 0; i < (s.count ?? 0); i++) last = await c.incr(key(s))
    return last
  },
  set_range: async (c, s) => void (await c.setMany(range(s.count).map((k, i): [string, number] => [k, i]))),
  get_many_range_sum: async (c, s) => {
    const values = await c.getMany<number>(range(s.count))
    return [...values.values()].reduce((sum, value) => sum + value, 0)
  },
  set_then_mutate: async (c, s) => {
    await c.set(key(s), s.value)
    change(s.value)
  },
  add_then_mutate: async (c, s) => {
    await c.add(key(s), s.value)
    change(s.value)
  },
  get_many_then_mutate: async (c, s) => change((await c.getMany([key(s)])).get(key(s)) ?? { x: [] }),
  align: () => undefined,
  sleep: () => undefined,
}

/** Decodes values for which JSON has no form: `$bytes`, `$int` and `$repeat`. */
function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('$bytes' in value) return Buffer.from(String(value.$bytes), 'hex')
  if ('$int' in value) return BigInt(String(value.$int))
  if ('$repeat' in value && Array.isArray(value.$repeat))
    return String(value.$repeat[0]).repeat(value.$repeat[1])
  return value
}

/** Returns the expected result of a step: Django's, or the one in the list of differences. */
function expected(golden: Golden, backend: string, index: number): unknown {
  const answer = golden['django-3.2'][backend]?.[index] ?? {}
  const difference = differences.lowlevel.find(
    (it) => it.ids.includes(golden.id) && (it.backends === undefined || it.backends.includes(backend)),
  )
  if (difference === undefined) return answer.error ?? decode(answer.value)
  const instead = difference.steps?.[String(index + 1)]
  if (instead !== undefined) return instead
  if (difference.fields !== undefined)
    return difference.fields.includes('value') && answer.value === null ? FREE : decode(answer.value)
  return difference.steps === undefined ? FREE : (answer.error ?? decode(answer.value))
}

async function check(golden: Golden, backend: string): Promise<void> {
  let perform: ReturnType<typeof run>
  try {
    perform = run(golden, backend)
  } catch (error) {
    // Only where any answer will do may the settings be refused.
    expect([String(error), expected(golden, backend, 0)]).toEqual([
      expect.stringContaining('SettingsError'),
      FREE,
    ])
    return
  }
  for (const [i, step] of golden.steps.entries()) {
    const want = expected(golden, backend, i)
    const got = await perform(step).catch((error: Error) => error.name)
    if (want === FREE) continue
    const allowed = typeof want === 'string' ? differences.errorNames[want] : undefined
    if (allowed !== undefined) expect(allowed).toContain(got)
    else expect({ step: i + 1, value: got ?? null }).toEqual({ step: i + 1, value: want ?? null })
  }
}

describe.each(['locmem', 'dummy'])("Django's answers: %s", (backend) => {
  const recorded = cases.filter((golden) => golden['django-3.2'][backend] !== undefined)
  it.each(recorded.map((golden) => [golden.id, golden] as const))('%s', (_, golden) => check(golden, backend))
})
