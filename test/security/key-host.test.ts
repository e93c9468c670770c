import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type Express } from 'express'
import express4 from 'express4'

const versions = [
  ['Express 5', express],
  ['Express 4', express4],
] as const

/** Shows every name under which a handler may know its own host. */
function echo(make: () => Express, trust?: unknown): (layers: { site: Use }) => Express {
  return ({ site }) => {
    const app = make()
    if (trust !== undefined) app.set('trust proxy', trust)
    app.use(site).use((req, res) => {
      // Of Express 4, `host` is an old name of `hostname`.
      const host = make === express ? req.host : req.hostname
      res.send(`${req.protocol}://${req.get('host')} ${host} ${req.hostname} ${req.secure} ${req.url}`)
    })
    return app
  }
}

async function askAll(ask: Ask, heads: readonly (readonly string[])[]): Promise<string[]> {
  const outcomes: string[] = []
  for (const lines of [...heads, ...heads]) outcomes.push(outcome(await ask('/', lines)))
  return outcomes
}

describe.each(versions)('%s: a page is that of its host', (_name, make) => {
  it('and of no other, however the two are written', async () => {
    const ask = await twins({ site: siteCache({ cache: freshCache() }) }, echo(make))
    const hosts = [
      ...['a.example', 'b.example', 'a.example:8080', 'a.example:443', 'a.example:0', 'a.example:080'],
      ...['a.exampl', 'e', 'xn--a.example', 'a.example/', 'a.example#', 'a.example?', 'b.example@a.example'],
      ...[
        'a.example,b.example',
        'a.example b.example',
        '[::1]',
        '[::1]:80x',
        '127.0.0.1',
        '',
        '.',
        '__proto__',
      ],
    ]
    const outcomes = await askAll(
      ask,
      hosts.map((host) => [`Host: ${host}`]),
    )
    // Express takes a Host that is odd for a reason to fail: nothing is kept of that, and all others are.
    expect(outcomes.slice(0, hosts.length)).not.toContain('hit')
    expect(outcomes.filter((each) => each === 'hit').length).toBeGreaterThan(hosts.length / 2)
  })

  it('of two Host lines the first, as its handler sees it', async () => {
    const ask = await twins({ site: siteCache({ cache: freshCache() }) }, echo(make))
    await askAll(ask, [
      ['Host: a.example', 'Host: b.example'],
      ['Host: b.example', 'Host: a.example'],
      ['Host: a.example'],
      ['Host: b.example'],
    ])
  })

  it('though a stranger claims another by X-Forwarded-*, Forwarded and their like', async () => {
    const ask = await twins({ site: siteCache({ cache: freshCache() }) }, echo(make))
    const forged = [
      ...['X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 444'],
      ...['X-Forwarded-Server: evil.example', 'X-Host: evil.example', 'X-HTTP-Host-Override: evil.example'],
      ...['Forwarded: host=evil.example;proto=https', 'X-Forwarded-Scheme: https', 'Front-End-Https: on'],
      ...['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Prefix: /evil', 'Via: 1.1 evil.example'],
    ]
    for (const line of forged) await ask('/', [line])
    expect(outcome(await ask('/', forged))).toBe('hit')
    expect(outcome(await ask('/'))).toBe('hit')
  })
})

describe.each(versions)(
  '%s behind a proxy that it trusts: a page is that of its client’s host',
  (_name, make) => {
    const claims: readonly (readonly string[])[] = [
      [],
      ['X-Forwarded-Host: b.example'],
      ['X-Forwarded-Host: b.example, a.example'],
      ['X-Forwarded-Host: b.example', 'X-Forwarded-Host: a.example'],
      ['X-Forwarded-Host: ,b.example'],
      ['X-Forwarded-Host: , '],
      ['X-Forwarded-Host:'],
      ['X-Forwarded-Host: b.example:8443'],
      ['X-Forwarded-Proto: https'],
      ['X-Forwarded-Proto: HTTPS'],
      ['X-Forwarded-Proto: https, http'],
      ['X-Forwarded-Proto: ,https'],
      ['X-Forwarded-Proto:'],
      ['X-Forwarded-Proto: constructor'],
      ['X-Forwarded-Proto: https://evil.example/?'],
      ['X-Forwarded-Proto: https', 'X-Forwarded-Host: b.example'],
    ]

    it('and scheme, however they are written', async () => {
      const ask = await twins({ site: siteCache({ cache: freshCache() }) }, echo(make, 'loopback'))
      const outcomes = await askAll(ask, claims)
      expect(new Set(outcomes.slice(claims.length))).toEqual(new Set(['hit']))
    })

    it('and not what a client claims that is no such proxy', async () => {
      const ask = await twins({ site: siteCache({ cache: freshCache() }) }, echo(make, '10.0.0.1'))
      await ask('/')
      for (const lines of claims) expect(outcome(await ask('/', lines))).toBe('hit')
    })
  },
)

describe('a host that is made up anew for every request', () => {
  it('does not keep the page of another from being found', async () => {
    const app = express()
    app.use(siteCache({ cache: freshCache() })).get('/', (req, res) => {
      res.send(String(req.headers.host))
    })
    const url = await serve(app)
    await getRaw(url, '/', ['Host: a.example'])
    for (let i = 0; i < 300; i += 1) await getRaw(url, '/', [`Host: h${i}.example`])
    const hit = await getRaw(url, '/', ['Host: a.example'])
    expect([headerOf(hit, 'cache-status'), hit.body.toString()]).toEqual([
      expect.stringMatching(/hit/),
      'a.example',
    ])
  })
})
