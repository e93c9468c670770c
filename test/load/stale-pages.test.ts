import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { siteCache, type Timeout, withSiteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import express from 'express'

describe('originTimeout', () => {
  it('has the stale page stand in for a handler that takes too long, and what that writes later goes nowhere', async () => {
    let renders = 0
    const held: ServerResponse[] = []
    const faults: unknown[] = []
    const handler = (_req: IncomingMessage, res: ServerResponse): void => {
      renders += 1
      res.setHeader('Cache-Control', 'max-age=60')
      if (renders === 1) res.end('render 1')
      else held.push(res)
    }
    const options = { cache: freshCache(), policy: 'rfc9111', originTimeout: 0.1 } as const
    const { url, close } = await listen(withSiteCache(handler, options))
    await getRaw(url, '/')
    passSeconds(61)
    const { status, headers, body } = await getRaw(url, '/')
    expect([status, body.toString()]).toEqual([200, 'render 1'])
    expect(headers.find(([name]) => name === 'Cache-Status')?.[1]).toMatch(
      /fwd=stale; fwd-status=504; .*stale-if-error/,
    )
    const [late] = held
    late?.on('error', (error) => faults.push(error))
    late?.setHeader('X-Late', '1')
    late?.writeHead(500, { 'X-Late': '2' }).write('late')
    late?.end('r')
    await new Promise((resolve) => setImmediate(resolve))
    expect(faults).toEqual([])
    await close()
  })

  it('waits for a handler where no page may stand in', async () => {
    const { app } = site((_req, res) => setTimeout(() => res.end('slow'), 150), { originTimeout: 0.05 })
    expect((await request(app).get('/')).text).toBe('slow')
  })

  it.each<unknown>([0, -1, null, 'soon'])('refuses %p when it is made', (originTimeout) => {
    expect(() => siteCache({ originTimeout: originTimeout as Timeout })).toThrow(/originTimeout/)
  })
})

describe('earlyRefresh', () => {
  const random = (value: number) => jest.spyOn(Math, 'random').mockReturnValue(value)
  afterEach(() => void jest.restoreAllMocks())

  async function run(luck: number): Promise<[string[], number]> {
    const cache = freshCache()
    let renders = 0
    const app = express().use(siteCache({ cache, timeout: 60, earlyRefresh: true }))
    app.get('/', (_req, res) => {
      renders += 1
      if (renders === 1) passSeconds(5)
      res.send(`render ${renders}`)
    })
    const { url, close } = await listen(app)
    const bodies: string[] = []
    await getRaw(url, '/')
    passSeconds(50)
    random(luck)
    for (let i = 0; i < 3; i++) {
      bodies.push((await getRaw(url, '/')).body.toString())
      await cache.idle()
    }
    await close()
    return [bodies, renders]
  }

  it('has one visitor’s request make the page anew, and gives everybody the one that is there', async () => {
    expect(await run(0.0001)).toEqual([['render 1', 'render 2', 'render 2'], 2])
  })

  it('does so only as often as chance has it', async () => {
    expect(await run(0.9999)).toEqual([['render 1', 'render 1', 'render 1'], 1])
  })

  it.each([0, -1, 'yes', Number.NaN])('refuses %p when it is made', (earlyRefresh) => {
    expect(() => siteCache({ earlyRefresh } as object)).toThrow(
      /earlyRefresh must be true, false or a factor/,
    )
  })
})

describe('jitter', () => {
  it('spreads the ends of pages that were stored together', async () => {
    const { app } = site((_req, res) => res.send('x'), { timeout: 1000, jitter: 0.2 })
    const ends = new Set<number>()
    for (let i = 0; i < 20; i++) {
      await request(app).get(`/${i}`)
      const { headers } = await request(app).get(`/${i}`)
      expect(headers['cache-control']).toBe('max-age=1000')
      ends.add(Number(/ttl=(\d+)/.exec(String(headers['cache-status']))?.[1]))
    }
    expect(ends.size).toBeGreaterThan(5)
    for (const end of ends) expect(end >= 799 && end <= 1000).toBe(true)
  })

  it.each([-0.1, 1.1, '10%'])('refuses %p when it is made', (jitter) => {
    expect(() => siteCache({ jitter } as object)).toThrow(/jitter must be a share from 0 to 1/)
  })
})
