import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { type SiteOptions, siteCache } from '@sitecache/express'
import { frameworks } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw, parseRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import express, { type Request, type Response } from 'express'

const LENGTH = 4 * 2 ** 20

/** Asks, and reads nothing for a while: the page waits in this process. */
function askSlowly(url: string, resume: Promise<unknown>): Promise<Buffer> {
  const { host, hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => {
      socket.pause()
      socket.write(`GET /page HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      resume.then(() => socket.resume())
    })
    socket.on('data', (bytes) => chunks.push(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
}

/** Ways in which a handler fails that was given up long ago. */
const lateFaults: Readonly<Record<string, (req: Request, res: Response) => void>> = {
  'destroys its response': (_req, res) => void res.destroy(new Error('late')),
  'hands an error on': (req) => void req.next?.(new Error('late')),
  'closes the connection': (req) => void req.socket.destroy(),
  'destroys the request': (req) => void req.destroy(),
  'answers after all': (_req, res) => void res.status(500).set('X-Late', '1').send('late'),
}

describe('a stale page in place of a handler that takes too long', () => {
  it.each(Object.entries(lateFaults))('is not cut off when that %s', async (_name, fail) => {
    let isFirst = true
    let failed: (value: unknown) => void = () => undefined
    const hasFailed = new Promise((resolve) => {
      failed = resolve
    })
    const options: SiteOptions = { cache: freshCache(), staleIfError: '1h', originTimeout: 0.02 }
    const app = express().set('env', 'test').use(siteCache(options))
    app.use((req, res) => {
      if (isFirst) {
        isFirst = false
        return res.set('Cache-Control', 'max-age=10').type('text').send('x'.repeat(LENGTH))
      }
      const check = (): void => {
        if (!res.headersSent && !res.closed) return void setImmediate(check)
        // The stale page is on its way, and no client reads it yet.
        setImmediate(() => {
          fail(req, res)
          setImmediate(failed)
        })
      }
      return check()
    })
    const url = await serve(app as RequestListener)
    await getRaw(url, '/page')
    passSeconds(20)
    const { status, body, headers } = parseRaw(await askSlowly(url, hasFailed))
    expect([status, body.length]).toEqual([200, LENGTH])
    expect(headers.some(([name]) => name === 'X-Late')).toBe(false)
  })
})

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it('has a callback that fails at a 304 of the cache’s own answered by the stored page', async () => {
    for (const name of ['tags', 'storeIf'] as const) {
      let isBroken = false
      const broken = (): never => {
        throw new Error('broken')
      }
      const options: SiteOptions = {
        cache: freshCache(),
        policy: 'rfc9111',
        [name]: () => (isBroken ? broken() : name === 'tags' ? ['a'] : true),
      }
      const app = framework.build([siteCache(options)], (req, res) => {
        res.setHeader('ETag', '"1"')
        res.setHeader('Cache-Control', 'no-cache')
        if (req.headers['if-none-match'] === '"1"') {
          res.statusCode = 304
          return res.end()
        }
        return res.end('page')
      })
      const url = await serve(app)
      await getRaw(url, '/page')
      isBroken = true
      const { status, body } = await getRaw(url, '/page')
      expect([name, status, body.toString()]).toEqual([name, 200, 'page'])
    }
  })
})
