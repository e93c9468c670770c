import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { cachePage, createCaches } from '@sitecache/express'
import { root } from '@sitecache/test-support/workspace'
import express, { type RequestHandler } from 'express'
import request from 'supertest'

/** The benchmark's contestants are installed beside it. */
const requireOfBench = createRequire(join(root, 'bench/package.json'))

interface Apicache {
  newInstance(): Apicache
  middleware(duration: string): RequestHandler
}

const apicache = requireOfBench('apicache') as Apicache

// It sets a timer for each page, and forgets those of pages that it replaces: they'd hold the process.
const { setTimeout: setTimer } = globalThis
beforeAll(() => {
  globalThis.setTimeout = Object.assign((...args: Parameters<typeof setTimer>) => setTimer(...args).unref(), {
    __promisify__: setTimer.__promisify__,
  })
})
afterAll(() => {
  globalThis.setTimeout = setTimer
})

/** Returns a middleware that the README compares. */
function middlewareOf(name: string): RequestHandler {
  if (name === 'apicache') return apicache.newInstance().middleware('1 minute')
  return cachePage('1m', { caches: createCaches({ default: 'memory:' }) })
}

/** Visitors who ask for a page at the same time. */
const VISITORS = 20

describe('what the README says of a page that is cached', () => {
  it.each([
    ['sitecache', 1],
    ['apicache', VISITORS],
  ])('by %s: its renders for 20 visitors of a cold page are %p', async (name, expected) => {
    let renders = 0
    const waiting: (() => void)[] = []
    const app = express()
    app.get('/', middlewareOf(name), (_req, res) => {
      renders += 1
      waiting.push(() => res.send('a page'))
      if (renders === expected) for (const send of waiting.splice(0)) setImmediate(send)
    })
    const server = app.listen(0)
    const answers = await Promise.all(Array.from({ length: VISITORS }, () => request(server).get('/')))
    server.close()
    expect(answers.map(({ text }) => text)).toEqual(Array(VISITORS).fill('a page'))
    expect(renders).toBe(expected)
  })

  it.each([
    ['sitecache', 'you'],
    ['apicache', 'me'],
  ])('by %s, though it says private: the next visitor gets the page of %s', async (name, expected) => {
    const app = express()
    app.get('/', middlewareOf(name), (req, res) => {
      res.set('Cache-Control', 'private').send(req.get('x-name'))
    })
    await request(app).get('/').set('X-Name', 'me')
    expect((await request(app).get('/').set('X-Name', 'you')).text).toBe(expected)
  })
})
