import { describe, expect, it } from '@jest/globals'
import { cacheOutcome, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import express from 'express'

// The first outcome that is read in a process, which a file of tests is.
describe('the first hit of a process, on Express', () => {
  it('has its outcome by the head of the response', async () => {
    const cache = freshCache()
    const seen: unknown[] = []
    const site = (read: boolean) => {
      const app = express()
      app.use((req, res, next) => {
        if (read) res.once('finish', () => seen.push(cacheOutcome(req)))
        next()
      })
      app.use(siteCache({ cache }))
      return app.get('/page', (_req, res) => res.send('x'))
    }
    await request(site(false)).get('/page')
    await request(site(true)).get('/page')
    await request(site(true)).get('/page')
    expect(seen).toMatchObject([
      { result: 'hit', ttl: 600, age: 0 },
      { result: 'hit', ttl: 600, age: 0 },
    ])
  })
})
