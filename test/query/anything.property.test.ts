import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withSiteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { whileThereIsTime } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import { ask, contentMethods, readAll } from './asking.js'

const fields = ['Content-Type', 'Content-Encoding', 'Content-Language', 'Content-Location'] as const

/** Few enough that requests often differ by one thing alone, or by nothing. A GET has no content that its fields could be about. */
const anything = fc.record({
  method: fc.constantFrom('GET', ...contentMethods),
  path: fc.constantFrom('/', '/?a', '/?a=1', '/a'),
  content: fc.constantFrom(
    '',
    'a',
    'a\0',
    'b',
    '0',
    '{"a":1}',
    '{"a": 1}',
    '\xff',
    'a'.repeat(40),
    'a'.repeat(41),
  ),
  chunks: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  lines: fc.uniqueArray(fc.tuple(fc.constantFrom(...fields), fc.constantFrom('', 'x', 'y')), {
    selector: ([name]) => name,
    maxLength: 2,
  }),
})

const request = anything.map((it) => (it.method === 'GET' ? { ...it, lines: [] } : it))

type Sent = typeof request extends fc.Arbitrary<infer T> ? T : never

/** A request, one that differs by one thing at the most, and the first again. */
const three = fc
  .tuple(request, request, fc.constantFrom<keyof Sent>('method', 'path', 'content', 'chunks', 'lines'))
  .map(([sent, other, thing]) => {
    const alike: Sent = { ...sent, [thing]: other[thing] }
    return [sent, alike.method === 'GET' ? { ...alike, lines: [] } : alike, sent]
  })

/** Everything that a handler can tell apart. */
function describeRequest(
  method: string,
  url: string,
  content: string,
  field: (name: string) => string | undefined,
): string {
  const shown = fields.map((name) => field(name) ?? null)
  return JSON.stringify([method, url, Buffer.from(content, 'latin1').toString('hex'), ...shown])
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const content = await readAll(req)
  const field = (name: string) => req.headers[name.toLowerCase()] as string | undefined
  res.end(describeRequest(String(req.method), String(req.url), content, field))
}

function framed({ content, chunks }: Sent): readonly [body: string, lines: readonly string[]] {
  if (chunks.length === 0) return [content, []]
  const pieces: string[] = []
  let rest = content
  for (const size of chunks) {
    pieces.push(rest.slice(0, size))
    rest = rest.slice(size)
  }
  const body = [...pieces, rest]
    .filter((piece) => piece !== '')
    .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
  return [`${body.join('')}0\r\n\r\n`, ['Transfer-Encoding: chunked']]
}

describe('whatever is asked, in whatever order', () => {
  let site: { url: string; close(): Promise<void> }
  beforeAll(async () => {
    const options = { cache: freshCache(), methods: [...contentMethods], maxRequestBodyBytes: 40 }
    site = await listen(withSiteCache(answer, options))
  })
  afterAll(() => site.close())

  it('is answered by what was asked, never by what another request was', async () => {
    let [runs, hits] = [0, 0]
    await fc.assert(
      fc.asyncProperty(three, async (all) => {
        runs += 1
        for (const sent of all) {
          const [body, framing] = framed(sent)
          const lines = [...framing, ...sent.lines.map(([name, value]) => `${name}: ${value}`)]
          const { body: got, cache } = await ask(site.url, sent.method, sent.path, body, lines)
          if (/; hit/.test(cache)) hits += 1
          const field = (name: string) => sent.lines.find(([own]) => own === name)?.[1]
          expect(got).toBe(describeRequest(sent.method, sent.path, sent.content, field))
        }
      }),
      { ...whileThereIsTime, numRuns: 400 },
    )
    expect(hits).toBeGreaterThan(runs / 4)
  })
})
