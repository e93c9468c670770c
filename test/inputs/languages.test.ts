import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type RequestHandler } from 'express'

/** Returns what a page says that shows this property of its request, twice. */
async function told(choose: RequestHandler, name: string): Promise<unknown[]> {
  const app = express().use(updateCache({ cache: freshCache() }), choose, fetchFromCache())
  app.get('/', (req, res) => {
    res.send(String(Reflect.get(req, name)))
  })
  const responses = [await request(app).get('/'), await request(app).get('/')]
  expect(responses[1]?.headers['cache-status']).toMatch(/hit/)
  return responses.map(({ headers }) => headers['cache-control'])
}

const chosen =
  (name: string, value: string, vary?: string): RequestHandler =>
  (req, res, next) => {
    Object.assign(req, { [name]: value })
    if (vary !== undefined) res.vary(vary)
    next()
  }

describe('what a middleware chose', () => {
  it('is for all where Vary names Accept-Language', async () => {
    expect(await told(chosen('language', 'de', 'Accept-Language'), 'language')).toEqual(
      Array(2).fill('max-age=600'),
    )
  })

  it('is private where nothing says by what it was chosen', async () => {
    for (const choose of [chosen('language', 'de'), chosen('language', 'de', 'Origin')])
      expect(await told(choose, 'language')).toEqual(Array(2).fill('max-age=600, private'))
    expect(await told(chosen('tenant', 'a', 'Accept-Language'), 'tenant')).toEqual(
      Array(2).fill('max-age=600, private'),
    )
  })

  it('is for all where it is a time zone, as in Django', async () => {
    expect(await told(chosen('timeZone', 'Europe/Berlin'), 'timeZone')).toEqual(Array(2).fill('max-age=600'))
  })
})
