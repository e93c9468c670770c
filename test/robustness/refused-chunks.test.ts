import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { conditionalGet, siteCache } from '@sitecache/express'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express, { type RequestHandler } from 'express'

/** What Node refuses to write, by an error that it throws before it has written a head. */
const refused: readonly (readonly ['write' | 'end', unknown])[] = [
  ['write', {}],
  ['write', 5],
  ['write', null],
  ['end', {}],
  ['end', true],
]

const layers: Readonly<Record<string, () => RequestHandler>> = {
  'siteCache()': () => siteCache({ cache: freshCache() }),
  "siteCache(), policy 'rfc9111'": () => siteCache({ cache: freshCache(), policy: 'rfc9111' }),
  'conditionalGet()': () => conditionalGet(),
}

/** Clients whose conditions have the cache hold the head back, and those without. */
const clients = [{}, { 'If-None-Match': '"1"' }, { 'If-None-Match': '"2"' }, { Range: 'bytes=0-1' }] as const

describe.each(Object.entries(layers))('below %s', (_name, layer) => {
  it.each(refused)(
    'a handler that has %s() throw by %p can still answer with its error',
    async (name, chunk) => {
      const app = express().use(layer())
      app.get('/', (_req, res) => {
        res.set('ETag', '"1"')
        try {
          Reflect.apply(res[name], res, [chunk])
        } catch {
          res.removeHeader('ETag')
          res.status(500).send('failed')
        }
      })
      const url = await serve(app as RequestListener)
      for (const client of clients) {
        const { status, body } = await ask(url, client)
        expect([client, status, body]).toEqual([client, 500, 'failed'])
      }
    },
  )
})
