import { describe, expect, it } from '@jest/globals'
import { type Examination, examine } from '../src/examine/examination.js'
import { Numbered } from '../src/examine/numbered.js'
import { EVERY, type Steps } from '../src/examine/steps.js'
import { RULES } from '../src/rules/index.js'
import type { LookUp } from '../src/sample/look-up.js'
import { LookUpSample } from '../src/sample/sampler.js'

const LOOK_UPS = 4 * EVERY

interface Facts {
  readonly result: 'hit' | 'miss' | 'unstorable'
  readonly url: string
  readonly reason?: string
  readonly at?: number
}

/** Look-ups of one route, as a sampler keeps them. */
function sampled(factsOf: (i: number) => Facts): LookUp[] {
  const sample = new LookUpSample(LOOK_UPS)
  const layer = { lifetime: 600, staleFor: 0, isSorted: false, maxVariants: 100, jitter: 0, lock: false }
  for (let i = 0; i < LOOK_UPS; i += 1) {
    const { result, url, reason, at = i * 100 } = factsOf(i)
    const body = result === 'hit' ? undefined : sample.body()
    body?.add(`page ${url}`, 'utf8')
    const page = { body: Buffer.alloc(9), renderMs: 5, lifetime: 60, expires: at + 60_000, header() {} }
    sample.take({
      event: {
        result,
        reason,
        route: '/a',
        status: 200,
        durationMs: 5,
        bytes: 9,
        variants: 90,
        ...renderOf(result),
      },
      ...{ at, method: 'GET', scheme: 'http', host: `shop${i % 2}.example`, url, extraKey: '', matching: {} },
      ...{
        inputs: ['cookie', 'accept-language'],
        layer,
        isRepeated: false,
        body,
        address: `192.0.2.${i % 200}`,
      },
      page: result === 'unstorable' ? undefined : { ...page, storedAt: at },
      source: { headers: { 'accept-language': `l${i % 90}`, cookie: `v=${i % 50}` }, value: () => undefined },
    })
  }
  return run(sample.lookUps())
}

const renderOf = (result: string): object => (result === 'hit' ? {} : { renderMs: 5 })

function run<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Look-ups that tell which of them were looked at since the last stop. */
function watched(lookUps: readonly LookUp[]) {
  const touched = new Set<number>()
  const shown = lookUps.map((lookUp, i) => {
    const get = (it: LookUp, name: string | symbol): unknown => {
      touched.add(i)
      const value: unknown = Reflect.get(it, name)
      return typeof value === 'function' ? value.bind(it) : value
    }
    return new Proxy(lookUp, { get })
  })
  return { touched, shown }
}

function* examineAll(lookUps: readonly LookUp[]): Steps<Examination> {
  const events = Array.from({ length: 2000 }, (_, i) => ({ at: i * 300 }))
  const evictions = events.map(({ at }) => ({ at, cause: 'size' as const, isUnused: at % 3 !== 0 }))
  const purges = events.map(({ at }) => ({ at: at + 1, by: 'tag' }))
  const examined = yield* examine({ cache: 'default', lookUps, evictions, purges, limitBytes: 1e6 })
  for (const [route, of] of yield* examined.routes()) for (const rule of RULES) yield* rule.find(of, route)
  for (const rule of RULES) yield* rule.find(examined, '')
  return examined
}

const kinds: Record<string, (i: number) => Facts> = {
  'pages of which each is new': (i) => ({ result: 'miss', url: `/a/${i}?p=${i % 7}&q=${i}` }),
  'hits of few pages': (i) => ({ result: i < 50 ? 'miss' : 'hit', url: `/a/${i % 50}` }),
  'pages that expire together': (i) => ({
    result: 'miss',
    url: `/a/${i % 900}`,
    at: Math.floor(i / 900) * 70_000 + i,
  }),
  'private pages': (i) => ({ result: 'unstorable', reason: 'private', url: `/a/${i % 1500}` }),
}

describe('between two stops the doctor looks at two thousand look-ups at most', () => {
  it.each(Object.entries(kinds))('%s', (_, factsOf) => {
    const { touched, shown } = watched(sampled(factsOf))
    const steps = examineAll(shown)
    let most = 0
    for (let isDone = false; !isDone; touched.clear()) {
      isDone = steps.next().done === true
      most = Math.max(most, touched.size)
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(2 * EVERY)
  })
})

describe('Numbered', () => {
  it('numbers keys in their order, however many there are', () => {
    const numbered = new Numbered()
    const keys = Array.from({ length: 50_000 }, (_, i) => ((i * 7919) % 2 ** 31) + i * 2 ** 32)
    expect(keys.map((key) => numbered.of(key))).toEqual(keys.map((_, i) => i))
    expect(keys.every((key, i) => numbered.find(key) === i && numbered.of(key) === i)).toBe(true)
    expect(numbered.find(-1)).toBe(-1)
    expect(numbered.count).toBe(50_000)
  })
})
