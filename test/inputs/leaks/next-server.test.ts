import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type RequestHandler } from 'express'

/**
 * What Next.js 13 to 16 does with the headers of each request (`BaseServer.handleRequestImpl`);
 * the package itself has 150 MB.
 */
const baseServer = `
  export const handle = (page) => (req, res) => {
    req.headers['x-forwarded-host'] ??= req.headers['host'] ?? 'localhost'
    req.headers['x-forwarded-port'] ??= '80'
    req.headers['x-forwarded-proto'] ??= req.socket?.encrypted ? 'https' : 'http'
    req.headers['x-forwarded-for'] ??= req.socket?.remoteAddress
    const incrementalCache = { requestHeaders: Object.assign({}, req.headers) }
    page(req, res, incrementalCache)
  }
`
type Handle = (page: RequestHandler) => RequestHandler
let handle: Handle

beforeAll(async () => {
  const file = join(await temporaryFolder('next'), 'node_modules/next/dist/server/base-server.js')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, baseServer)
  await writeFile(join(dirname(file), 'package.json'), '{"type":"module"}')
  handle = (await import(pathToFileURL(file).href)).handle
})

const places: Record<string, (handler: RequestHandler) => Promise<Ask>> = {
  'siteCache()': (handler) =>
    twins({ site: siteCache({ cache: freshCache() }) as Use }, ({ site }) =>
      express().use(site as RequestHandler, handler),
    ),
  'fetchFromCache()': (handler) => {
    const layers = { update: updateCache({ cache: freshCache() }) as Use, look: fetchFromCache() as Use }
    return twins(layers, ({ update, look }) =>
      express().use(update as RequestHandler, look as RequestHandler, handler),
    )
  },
  'cachePage()': (handler) =>
    twins({ page: cachePage(60, { cache: freshCache() }) as Use }, ({ page }) =>
      express().use(page as RequestHandler, handler),
    ),
}

const by = (address: string) => [`X-Forwarded-For: ${address}`]

describe.each(Object.entries(places))('the server of Next.js below %s', (_place, build) => {
  it('fills in the client’s address, which no page need show', async () => {
    const ask = await build(handle((_req, res) => void res.send('the same for all')))
    expect(outcome(await ask('/'))).toBe('stored')
    for (const lines of [[], by('192.0.2.1'), by('192.0.2.2'), ['Accept-Language: de']])
      expect(outcome(await ask('/', lines))).toBe('hit')
  })

  it('has a page for each address where one shows it, and none where Next.js filled it in', async () => {
    const ask = await build(handle((req, res) => void res.send(`from ${req.headers['x-forwarded-for']}`)))
    expect(outcome(await ask('/'))).toBe('passed')
    expect(outcome(await ask('/', by('192.0.2.1')))).toBe('stored')
    expect(outcome(await ask('/', by('192.0.2.2')))).toBe('stored')
    expect(outcome(await ask('/', by('192.0.2.1')))).toBe('hit')
    expect(outcome(await ask('/'))).toBe('passed')
  })

  it('has none where a page reads the address of a copy', async () => {
    const page: RequestHandler = (req, res) => {
      const headers = new Headers()
      for (const [name, value] of Object.entries(req.headers)) headers.set(name, String(value))
      res.send(`from ${headers.get('x-forwarded-for')}`)
    }
    const ask = await build(handle(page))
    expect(outcome(await ask('/'))).toBe('passed')
    expect(outcome(await ask('/', by('192.0.2.1')))).toBe('stored')
  })
})
