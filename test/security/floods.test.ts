import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore, type SiteOptions, siteCache } from '@sitecache/express'
import { type Framework, frameworks } from '@sitecache/test-support/applications'
import { flood } from '@sitecache/test-support/flood'
import { getRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome } from '@sitecache/test-support/twins'

/** As many as a crawler or an attacker sends in a few seconds, and more than the store holds. */
const COUNT = 5000
const MAX_BYTES = 2 * 2 ** 20
/** More than a quarter of that holds. */
const FEW = COUNT / 5
const body = Buffer.alloc(1024, 'x')

const numbers = Array.from({ length: COUNT }, (_, i) => i)
const languages = numbers.map((i) => `x-${i.toString(36)}`)

interface Flood {
  readonly targets: readonly (readonly [string, ...string[]])[]
  readonly vary?: string
  readonly options?: SiteOptions
  /** Pages of one URL at the most. */
  readonly variants?: number
}

const floods: Readonly<Record<string, Flood>> = {
  'query strings': { targets: numbers.map((i) => [`/page?q=${i}`]) },
  'query strings of 1000 characters': { targets: numbers.map((i) => [`/page?${'q'.repeat(1000)}=${i}`]) },
  paths: { targets: numbers.map((i) => [`/page/${i}`]) },
  hosts: { targets: numbers.map((i) => ['/page', `Host: h${i}.example`]) },
  'values of a header in Vary': {
    targets: languages.map((language) => ['/page', `Accept-Language: ${language}`]),
    vary: 'Accept-Language',
    variants: 100,
  },
  'values of 1000 characters of a header in Vary': {
    targets: numbers.map((i) => ['/page', `Cookie: ${'c'.repeat(1000)}=${i}`]),
    vary: 'Cookie',
    options: { maxVariants: 7 },
    variants: 7,
  },
  'values that Accept-Encoding can have': {
    targets: numbers.map((i) => ['/page', `Accept-Encoding: gzip;q=0.${i}, br;q=0.${COUNT - i}, x${i}`]),
    vary: 'Accept-Encoding',
    variants: 20,
  },
  'cookies beside those that count': {
    targets: numbers.map((i) => ['/page', `Cookie: theme=dark; _ga=${i}`]),
    vary: 'Cookie',
    options: { buckets: { cookie: ['theme'] } },
    variants: 1,
  },
  'parameters that do not count': {
    targets: numbers.map((i) => [`/page?utm_source=${i}`]),
    options: { query: { except: ['utm_*'] } },
    variants: 1,
  },
}

async function expectBounded(framework: Framework, it: Flood, count: number): Promise<void> {
  const maxBytes = count === FEW ? MAX_BYTES / 4 : MAX_BYTES
  const store = memoryStore({ maxBytes })
  const cache = createCaches({ default: { store } }).get('default')
  const app = framework.build([siteCache({ cache, ...it.options })], (_req, res) => {
    if (it.vary !== undefined) res.setHeader('Vary', it.vary)
    res.end(body)
  })
  const url = await serve(app)
  const targets = it.targets.slice(0, count)
  await flood(url, targets.slice(0, 100))
  const before = memory()
  const { answered } = await flood(url, targets)
  const grown = memory() - before
  const stats = await cache.stats()
  expect(answered).toBe(count)
  expect(stats.bytes).toBeLessThanOrEqual(maxBytes)
  expect(stats.errors).toBe(0)
  // The variants, their record and fence, the layout of a layer with a query, and the tags' clock.
  if (it.variants !== undefined) expect(stats.entries).toBeLessThanOrEqual(it.variants + 4)
  else expect(stats.evictions).toBeGreaterThan(count / 3)
  // What the store keeps, and what is remembered beside it: keys of 5000 URLs at the most. Measured: half a MiB.
  expect(grown).toBeLessThan(maxBytes + 4 * 2 ** 20)
  const [path, ...lines] = targets.at(-1) ?? ['/page']
  expect(outcome(await getRaw(url, path, lines))).toBe('hit')
}

describe('5000 different', () => {
  it.each(['query strings', 'values of a header in Vary'])(
    '%s take no more than maxBytes: Express 5',
    async (name) => {
      const [framework, it] = [frameworks[0], floods[name]]
      if (framework === undefined || it === undefined) throw new Error('no such flood')
      await expectBounded(framework, it, COUNT)
    },
    60_000,
  )
})

describe('1000 different', () => {
  it.each(Object.entries(floods))(
    '%s take no more than maxBytes: node:http',
    async (_name, it) => {
      const framework = frameworks.at(-1)
      if (framework === undefined) throw new Error('no framework')
      await expectBounded(framework, it, FEW)
    },
    60_000,
  )
})

/** Bytes that are in use, when what isn't has been collected. */
function memory(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('V8 has no gc()')
  for (let i = 0; i < 3; i += 1) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
