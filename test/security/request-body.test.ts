import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { type Framework, frameworks, type Handle } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, exchangeRaw, headerOf, parseRaw, type RawResponse } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'

const closing = 'Connection: close'

function text(method: string, path: string, lines: readonly string[], body = ''): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: a.example', ...lines, '', body].join('\r\n')
}

/** Renders what a body says, as handlers do that take parameters from wherever they come. */
async function start(framework: Framework): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const handle: Handle = async (req, res) => {
    asked.push(pathOf(req))
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    res.end(`${pathOf(req)} with "${Buffer.concat(chunks).toString('latin1')}"`)
  }
  return { url: await serve(framework.build([siteCache({ cache: freshCache() })], handle)), asked }
}

function pathOf(req: IncomingMessage): string {
  const { originalUrl = req.url } = req as { originalUrl?: string }
  return String(originalUrl)
}

/** GETs with a body that Node lets through, and what their handler reads of it. */
const fat: Readonly<Record<string, readonly [lines: readonly string[], body: string, read: string]>> = {
  'Content-Length': [['Content-Length: 4'], 'evil', 'evil'],
  'a Content-Length of many digits': [['Content-Length: 00004'], 'evil', 'evil'],
  'Content-Length in another letter case': [['CONTENT-LENGTH:4'], 'evil', 'evil'],
  chunks: [['Transfer-Encoding: chunked'], '4\r\nevil\r\n0\r\n\r\n', 'evil'],
  'chunks with an extension and a trailer': [
    ['transfer-encoding: Chunked', 'Trailer: X-T'],
    '4;x="y"\r\nevil\r\n0\r\nX-T: 1\r\n\r\n',
    'evil',
  ],
  'chunks without content': [['Transfer-Encoding: chunked'], '0\r\n\r\n', ''],
  'a method that is overridden': [['X-HTTP-Method-Override: POST', 'Content-Length: 4'], 'evil', 'evil'],
}

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  const asks = (url: string) => async (method: string, lines: readonly string[], body?: string) =>
    parseRaw(await exchangeRaw(url, text(method, '/page', [...lines, closing], body)))
  const status = (response: RawResponse) => headerOf(response, 'cache-status')

  it.each(Object.entries(fat))(
    'a GET with a body has no page and leaves none: %s',
    async (_name, [lines, body, read]) => {
      const { url } = await start(framework)
      const ask = asks(url)
      for (let round = 0; round < 2; round += 1) {
        const evil = await ask('GET', lines, body)
        expect(bodyOf(evil).toString()).toBe(`/page with "${read}"`)
        expect(status(evil)).toBe('sitecache; fwd=bypass; detail=request')
        expect(bodyOf(await ask('GET', [])).toString()).toBe('/page with ""')
        expect(status(await ask('HEAD', lines, body))).toMatch(/bypass/)
      }
      expect(status(await ask('GET', []))).toMatch(/hit/)
    },
  )

  it.each(['Content-Length: 0', 'Content-Length:0', 'Content-Length: 0 '])(
    'a GET that says it has no body is like any other: %s',
    async (line) => {
      const ask = asks((await start(framework)).url)
      await ask('GET', [])
      expect(status(await ask('GET', [line]))).toMatch(/hit/)
    },
  )
})

/** Bodies of whose end two parsers have two opinions. */
const ambiguous: Readonly<Record<string, readonly string[]>> = {
  'Content-Length beside chunks': ['Content-Length: 4', 'Transfer-Encoding: chunked'],
  'chunks beside Content-Length': ['Transfer-Encoding: chunked', 'Content-Length: 4'],
  'two lengths': ['Content-Length: 0', 'Content-Length: 4'],
  'two lengths on a line': ['Content-Length: 0, 4'],
  'a length with a sign': ['Content-Length: +4'],
  'a length below nothing': ['Content-Length: -4'],
  'a length in hexadecimal': ['Content-Length: 0x4'],
  'an empty length': ['Content-Length:'],
  'a length that is too large': ['Content-Length: 18446744073709551620'],
  'a space before the colon': ['Content-Length : 4'],
  'a folded length': ['Content-Length:', ' 4'],
  'a coding that is none': ['Transfer-Encoding: xchunked'],
  'a coding behind chunks': ['Transfer-Encoding: chunked, identity'],
  'a coding on two lines': ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked, gzip'],
  'a vertical tab before a coding': ['Transfer-Encoding: \x0bchunked'],
}

describe('a request within a request', () => {
  const smuggled = text('GET', '/smuggled', [])
  const wrapped = `0\r\n\r\n${smuggled}`
  const [framework] = frameworks

  it.each(Object.entries(ambiguous))(
    'is refused with all that follows, and leaves no page: %s',
    async (_name, lines) => {
      if (framework === undefined) throw new Error('no framework')
      const { url, asked } = await start(framework)
      const got = await exchangeRaw(
        url,
        text('GET', '/page', lines, wrapped) + text('GET', '/page/last', [closing]),
      )
      expect(got.toString('latin1')).toMatch(/^HTTP\/1\.1 400 /)
      expect(asked.filter((path) => path !== '/page')).toEqual([])
      const victim = parseRaw(await exchangeRaw(url, text('GET', '/page', [closing])))
      expect(bodyOf(victim).toString()).toBe('/page with ""')
      expect(headerOf(victim, 'cache-status')).toMatch(/uri-miss; stored/)
    },
  )

  it.each([
    ['by length', [`Content-Length: ${smuggled.length}`], smuggled],
    [
      'in a chunk',
      ['Transfer-Encoding: chunked'],
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ],
  ])('is a body, also where a page is stored: %s', async (_way, lines, body) => {
    if (framework === undefined) throw new Error('no framework')
    const { url, asked } = await start(framework)
    await exchangeRaw(url, text('GET', '/page', [closing]))
    const pipelined = [
      text('GET', '/page', []),
      text('GET', '/page', lines, body),
      text('GET', '/page', []),
      text('HEAD', '/page', lines, body),
      text('GET', '/page/last', [closing]),
    ]
    const got = (await exchangeRaw(url, pipelined.join(''))).toString('latin1')
    expect(got.match(/HTTP\/1\.1 200/g)).toHaveLength(5)
    expect(asked).toEqual(['/page', '/page', '/page', '/page/last'])
    expect(got.match(/^Cache-Status: .*$/gm)).toEqual([
      expect.stringMatching(/hit/),
      expect.stringMatching(/bypass/),
      expect.stringMatching(/hit/),
      expect.stringMatching(/bypass/),
      expect.stringMatching(/stored/),
    ])
  })
})
