import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startMemcached } from '@sitecache/test-support/servers/memcached'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { checkSnippets, type SnippetsReport } from '../../scripts/lib/snippets/check.mjs'
import { blocksOf, documents } from '../../scripts/lib/snippets/read.mjs'

/** A compiler of older TypeScripts takes half a minute for all libraries on a busy machine. */
const LONGEST_MS = 600_000

/** One document, or a folder, while it is written; undefined: all. */
const { SNIPPETS } = process.env
const all = documents(SNIPPETS)
const blocks = all.flatMap((document) => blocksOf(document))
const languages = /^(js|mjs|ts|javascript|typescript|jsx|tsx|cjs)$/
const withSnippets = [
  ...new Set(blocks.filter(({ language }) => languages.test(language)).map((it) => it.document)),
]

describe('the snippets of the documents', () => {
  let report: SnippetsReport
  const stops: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])
    stops.push(
      () => redis.stop(),
      () => memcached.stop(),
    )
    report = await checkSnippets({
      only: SNIPPETS,
      servers: { 6379: redis.port, 11211: memcached.port },
      compilers: process.env.SNIPPET_COMPILERS?.split(','),
    })
  }, LONGEST_MS)
  afterAll(() => Promise.all(stops.map((stop) => stop())))

  // A single document may have none.
  for (const document of withSnippets)
    it(`of ${document} compile strictly, and run`, () => {
      const faults = report.faults.filter((fault) => fault.document === document)
      expect(faults.map(({ place, by, message }) => `${place}: ${by}: ${message}`)).toEqual([])
    })

  it('find no fault in their setups, nor in the types of the packages', () => {
    const faults = report.faults.filter(({ document }) => document === undefined)
    expect(faults.map(({ place, by, message }) => `${place}: ${by}: ${message}`)).toEqual([])
  })

  it('are all there', () => {
    if (SNIPPETS === undefined) expect(report.count).toBeGreaterThan(100)
  })
})

describe('a block of the documents', () => {
  it('names its language', () => {
    const unnamed = blocks.filter(({ language }) => language === '')
    expect(unnamed.map(({ document, line }) => `${document}:${line}`)).toEqual([])
  })

  it('of JSON can be parsed', () => {
    for (const { language, code } of blocks) if (language === 'json') JSON.parse(code)
  })

  it('that is not run is of another library, and the comment in front of it says of which', () => {
    const foreign = blocks.filter(({ words }) => 'foreign' in words)
    expect(foreign.filter(({ document }) => !/^docs\/(migrate|recipes)\//.test(document))).toEqual([])
  })
})
