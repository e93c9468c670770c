import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import express, { type Express, type RequestHandler } from 'express'

/** What ua-parser-js 2 does with the headers that it is given; its licence keeps it out of here. */
const parser = `
  export function parse(headers) {
    const own = {}
    if (typeof headers.append === 'function') headers.forEach((value, name) => { own[name] = value })
    else for (const name in headers) if (headers.hasOwnProperty(name)) own[name.toLowerCase()] = headers[name]
    return own['sec-ch-ua-platform'] ?? (/iPhone/.test(own['user-agent']) ? 'iOS' : 'other')
  }
`
let parse: (headers: object) => string

beforeAll(async () => {
  const file = join(await temporaryFolder('devices'), 'node_modules/ua-parser-js/src/main/ua-parser.mjs')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, parser)
  parse = (await import(pathToFileURL(file).href)).parse
})

const places: Record<string, (handler: RequestHandler) => Express> = {
  'siteCache()': (handler) => express().use(siteCache({ cache: freshCache(), timeout: 60 }), handler),
  'fetchFromCache()': (handler) =>
    express().use(updateCache({ cache: freshCache(), timeout: 60 }), fetchFromCache(), handler),
  'cachePage()': (handler) => express().get('/', cachePage(60, { cache: freshCache() }), handler),
}

const handlers: Record<string, RequestHandler> = {
  'req.headers': (req, res) => void res.send(parse(req.headers)),
  'Headers of them': (req, res) => {
    const headers = new Headers()
    for (const [name, value] of Object.entries(req.headers)) headers.set(name, String(value))
    res.send(parse(headers))
  },
}

const cases = Object.entries(places).flatMap(([place, build]) =>
  Object.entries(handlers).map(([of, handler]) => [place, of, () => build(handler)] as const),
)

describe('a device that is told by all headers', () => {
  it.each(cases)('has its own page below %s: %s', async (_place, _of, build) => {
    const app = build()
    const devices: [string, Record<string, string>][] = [
      ['other', { 'user-agent': 'Firefox' }],
      ['iOS', { 'user-agent': 'iPhone' }],
      ['Linux', { 'user-agent': 'Chrome', 'sec-ch-ua-platform': 'Linux' }],
      ['Android', { 'user-agent': 'Chrome', 'sec-ch-ua-platform': 'Android' }],
    ]
    for (const detail of ['stored', 'hit'])
      for (const [name, fields] of devices) {
        const { text, headers } = await request(app).get('/').set(fields)
        expect([text, headers['cache-status']]).toEqual([name, expect.stringContaining(detail)])
        expect(headers.vary).toMatch(/sec-ch-ua-platform.*user-agent/)
      }
  })
})
