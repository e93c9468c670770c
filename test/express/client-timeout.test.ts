import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import compression from 'compression'
import express, { type Response } from 'express'
import responseTime from 'response-time'

const inAMinute = () => new Date(Date.now() + 60_000).toUTCString()
const own: [string, (res: Response) => unknown][] = [
  ['max-age', (res) => res.set('Cache-Control', 'public, max-age=60')],
  ['Expires', (res) => res.set('Expires', inAMinute())],
  ['max-age and Expires', (res) => res.set({ 'Cache-Control': 'max-age=60', Expires: inAMinute() })],
  ['s-maxage', (res) => res.set('Cache-Control', 's-maxage=60, max-age=60')],
]

describe('clientTimeout below a middleware that changes the head, where a page says its own lifetime by', () => {
  it.each(own)('%s: the page is kept for that, and browsers are told less', async (_name, say) => {
    const cache = freshCache()
    const app = express().use(
      responseTime(),
      updateCache({ cache, clientTimeout: 0 }),
      compression({ threshold: 0 }),
      fetchFromCache(),
    )
    app.get('/', (_req, res) => {
      say(res)
      res.send('page')
    })
    const first = await request(app).get('/')
    const second = await request(app).get('/')
    expect(first.headers['cache-control']).toMatch(/max-age=0/)
    expect(second.headers['cache-status']).toMatch(/^sitecache; hit; ttl=(?:60|5\d)$/)
    expect(second.headers['cache-control']).toMatch(/max-age=0/)
  })
})
