import type { RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw, headerOf, type RawResponse } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import express, { type RequestHandler, type Response } from 'express'

/** Ways to write a body, beside which Node sends the characters of a head as one byte or as two. */
const bodies: Readonly<Record<string, (res: Response) => unknown>> = {
  'a text': (res) => res.end('page'),
  'a text with a callback': (res) => res.end('page', () => undefined),
  'a text as utf8': (res) => res.end('page', 'utf8'),
  'a text as UTF-8': (res) => res.end('page', 'utf-8'),
  'a text as Latin-1': (res) => res.end('page', 'latin1'),
  'a text of base64': (res) => res.end('cGFnZQ==', 'base64'),
  bytes: (res) => res.end(Buffer.from('page')),
  nothing: (res) => res.end(),
  'an empty text': (res) => res.end(''),
  'a short text that is sent': (res) => res.send('page'),
  'a long text that is sent': (res) => res.send('page'.repeat(5000)),
  'an object that is sent': (res) => res.json({ page: true }),
  'chunks of text': (res) => {
    res.write('pa')
    res.end('ge')
  },
  'text in parts, with its length': (res) => {
    res.setHeader('Content-Length', 4)
    res.write('pa')
    res.end('ge')
  },
  'bytes in parts, with their length': (res) => {
    res.setHeader('Content-Length', 4)
    res.write(Buffer.from('pa'))
    res.end('ge')
  },
  'a text behind its head': (res) => res.writeHead(200).end('page'),
  'a text behind its head, with its length': (res) => res.writeHead(200, { 'Content-Length': 4 }).end('page'),
  'a text behind its head, which is flushed': (res) => {
    res.flushHeaders()
    res.end('page')
  },
}

function setHead(res: ServerResponse): void {
  res.statusMessage = 'Gr\u00fc\u00dfe'
  res.setHeader('X-City', 'K\u00f6ln')
  res.setHeader('Link', ['</caf\u00e9>; rel=next', '</b>; rel=prev'])
  res.setHeader('ETag', '"1"')
  res.setHeader('Cache-Control', 'max-age=10')
}

const shown = (response: RawResponse) => [
  response.reason,
  headerOf(response, 'x-city'),
  headerOf(response, 'link'),
]

const layers: Readonly<Record<string, () => readonly RequestHandler[]>> = {
  'siteCache()': () => [siteCache({ cache: freshCache() })],
  halves: () => [updateCache({ cache: freshCache() }), fetchFromCache()],
}

describe.each(Object.entries(layers))('characters above ASCII in a head, below %s', (_name, make) => {
  it.each(Object.entries(bodies))(
    'are the same bytes on a hit as on a miss beside %s',
    async (_body, write) => {
      const handler: RequestHandler = (_req, res) => {
        setHead(res)
        write(res)
      }
      const truth = shown(await getRaw(await serve(express().use(handler) as RequestListener), '/'))
      const url = await serve(express().use(...make(), handler) as RequestListener)
      const answers = [await getRaw(url, '/'), await getRaw(url, '/')]
      expect(answers.map(shown)).toEqual([truth, truth])
      expect(headerOf(answers[1] as RawResponse, 'cache-status')).toContain('hit')
      // The page of a client that had it already is the same.
      await getRaw(url, '/known', ['If-None-Match: "1"'])
      const known = await getRaw(url, '/known')
      if (headerOf(known, 'cache-status')?.includes('hit')) expect(shown(known)).toEqual(truth)
    },
  )
})

it.each(['text', 'bytes'])('are the same bytes of a page of %s that a 304 has confirmed', async (kind) => {
  const handler: RequestHandler = (req, res) => {
    setHead(res)
    if (req.headers['if-none-match'] === undefined) res.end(kind === 'text' ? 'page' : Buffer.from('page'))
    else res.writeHead(304, 'Not Modified', { 'X-City': 'M\u00fcnchen' }).end()
  }
  const layer = siteCache({ cache: freshCache(), policy: 'rfc9111' })
  const url = await serve(express().use(layer, handler) as RequestListener)
  await getRaw(url, '/')
  passSeconds(20)
  const answers = [await getRaw(url, '/'), await getRaw(url, '/')]
  const city = kind === 'text' ? Buffer.from('M\u00fcnchen').toString('latin1') : 'M\u00fcnchen'
  expect(answers.map((answer) => headerOf(answer, 'x-city'))).toEqual([city, city])
})
