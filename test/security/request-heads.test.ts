import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import type { Handle } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, exchangeRaw, parseRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome, twins } from '@sitecache/test-support/twins'

/** Heads of which HTTP says that they are none, or more than anybody has to read. */
const refused: Readonly<Record<string, string>> = {
  'no Host': 'GET /page HTTP/1.1\r\nConnection: close\r\n\r\n',
  'a name with a space behind it': 'GET /page HTTP/1.1\r\nHost: a\r\nX-A : 1\r\n\r\n',
  'a name with a space in it': 'GET /page HTTP/1.1\r\nHost: a\r\nX A: 1\r\n\r\n',
  'no name': 'GET /page HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n',
  'no colon': 'GET /page HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n',
  'a line that is folded': 'GET /page HTTP/1.1\r\nHost: a\r\n X-A: 1\r\n\r\n',
  'a NUL': 'GET /page HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n',
  'a CR alone': 'GET /page HTTP/1.1\r\nHost: a\r\nX-A: a\rb\r\n\r\n',
  'a DEL in a name': 'GET /page HTTP/1.1\r\nHost: a\r\nX\x7f: 1\r\n\r\n',
  'a name that is not ASCII': 'GET /page HTTP/1.1\r\nHost: a\r\nX-\xe4: 1\r\n\r\n',
  'a target with a NUL': 'GET /page\0 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a target with a tab': 'GET /pa\tge HTTP/1.1\r\nHost: a\r\n\r\n',
  'a target without a slash': 'GET page HTTP/1.1\r\nHost: a\r\n\r\n',
  'no target': 'GET  HTTP/1.1\r\nHost: a\r\n\r\n',
  'a version of another protocol': 'GET /page HTTPS/1.1\r\nHost: a\r\n\r\n',
  'a version to come': 'GET /page HTTP/9.9\r\nHost: a\r\n\r\n',
  'a value of 20 KiB': `GET /page HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20 * 1024)}\r\n\r\n`,
  'a name of 20 KiB': `GET /page HTTP/1.1\r\nHost: a\r\n${'a'.repeat(20 * 1024)}: 1\r\n\r\n`,
  'a target of 20 KiB': `GET /page?${'a'.repeat(20 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  '4000 lines': `GET /page HTTP/1.1\r\nHost: a\r\n${'X-A: abcdef\r\n'.repeat(4000)}\r\n`,
}

const clean = 'GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

describe('a head that is none', () => {
  it.each(Object.entries(refused))('reaches no handler and no page: %s', async (_name, head) => {
    let renders = 0
    const site = siteCache({ cache: freshCache() })
    const url = await serve((req, res) =>
      site(req, res, () => {
        renders += 1
        res.end('page')
      }),
    )
    // Once where nothing is stored, once where the page is.
    const statuses: number[] = []
    for (const text of [head, clean, head]) statuses.push(parseRaw(await exchangeRaw(url, text)).status)
    expect(statuses.map((status) => (status === 431 ? 400 : status))).toEqual([400, 200, 400])
    expect(renders).toBe(1)
    expect(outcome(parseRaw(await exchangeRaw(url, clean)))).toBe('hit')
  })
})

describe('a head that is odd, but one', () => {
  const echo: Handle = (req, res) => {
    res.setHeader('Vary', 'X-A, X-Last')
    res.end(`${req.method} ${req.url} ${req.headers['x-a']} ${req.headers['x-last']}`)
  }
  const application = () =>
    twins({ site: siteCache({ cache: freshCache() }) }, ({ site }) => (req, res) => {
      site(req, res, () => echo(req, res))
    })

  it.each<[string, readonly string[]]>([
    ['15 KiB in one value', [`X-A: ${'a'.repeat(15_000)}`]],
    ['2100 lines, of which Node shows 2000', [...Array.from({ length: 2100 }, () => 'a:b'), 'X-Last: 1']],
    ['the same name 2100 times', Array.from({ length: 2100 }, (_, i) => `X-A:${i % 10}`)],
    ['a value of white space', ['X-A: \t ']],
    ['no white space at all', ['X-A:1', 'X-Last:2']],
    ['much white space', [`X-A:${' '.repeat(4000)}1${'\t'.repeat(4000)}`]],
    ['all bytes that a value may have', [`X-A: ${latin1()}`]],
  ])('finds no page but its own: %s', async (_name, lines) => {
    const ask = await application()
    for (let round = 0; round < 2; round += 1) {
      for (const head of [lines, [], ['X-A: a'], ['X-Last: 1'], lines.slice(1), lines.slice(0, -1)])
        await ask('/', head)
    }
    const last = await ask('/', lines)
    // From version 26 on Node itself refuses more lines than it would show.
    expect(outcome(last)).toBe(last.status === 431 ? 'passed' : 'hit')
  })

  it('is answered to HTTP/1.0 in its own way, from the same page', async () => {
    const url = await serve((req, res) => siteCache({ cache: freshCache() })(req, res, () => echo(req, res)))
    const site = siteCache({ cache: freshCache() })
    const shared = await serve((req, res) => site(req, res, () => echo(req, res)))
    for (const each of [url, shared, shared]) {
      const old = await exchangeRaw(each, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')
      expect(old.toString()).not.toMatch(/transfer-encoding/i)
      expect(bodyOf(parseRaw(old)).toString()).toBe('GET / undefined undefined')
    }
    const current = parseRaw(
      await exchangeRaw(shared, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    )
    expect([outcome(current), bodyOf(current).toString()]).toEqual(['hit', 'GET / undefined undefined'])
  })

  it('without a Host, as HTTP/1.0 allows, has a page apart', async () => {
    const site = siteCache({ cache: freshCache() })
    const url = await serve((req, res) => site(req, res, () => res.end(`host ${req.headers.host}`)))
    const bodies: string[] = []
    for (const host of ['', 'Host: a\r\n', '', 'Host:\r\n']) {
      bodies.push(bodyOf(parseRaw(await exchangeRaw(url, `GET / HTTP/1.0\r\n${host}\r\n`))).toString())
    }
    expect(bodies.slice(0, 3)).toEqual(['host undefined', 'host a', 'host undefined'])
  })
})

function latin1(): string {
  const codes = [
    0x09,
    ...Array.from({ length: 0x5f }, (_, i) => 0x20 + i),
    ...Array.from({ length: 0x80 }, (_, i) => 0x80 + i),
  ]
  return String.fromCharCode(...codes)
}
