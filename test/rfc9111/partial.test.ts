import { describe, expect, it } from '@jest/globals'
import { listen } from '@sitecache/test-support/applications'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import express, { type Request, type Response } from 'express'

const whole = 'abcdefghijklmnopqrstuvwxyz'

/** Answers ranges as a file server does. */
function ranged(validators: Record<string, string>, log: (string | undefined)[], body = whole) {
  return (req: Request, res: Response): unknown => {
    log.push(req.get('range'))
    res.set({ 'Cache-Control': 'max-age=60', 'Content-Type': 'text/plain', ...validators })
    const condition = req.get('if-range')
    const holds = condition === undefined || Object.values(validators).includes(condition)
    const ranges = holds ? req.range(body.length) : undefined
    const range = Array.isArray(ranges) ? ranges[0] : undefined
    if (range === undefined) return res.end(body)
    res.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${body.length}`)
    return res.end(body.slice(range.start, range.end + 1))
  }
}

const etag = { ETag: '"v1"' }
const options = { policy: 'rfc9111' } as const
const get = (app: Parameters<typeof request>[0], range?: string) => {
  const asked = request(app).get('/').buffer(true)
  return range === undefined ? asked : asked.set('Range', range)
}

describe('a stored page', () => {
  it('answers several ranges in one message (RFC 9110 §14.6)', async () => {
    const { app, renders } = site((_req, res) =>
      res.type('text').set('Cache-Control', 'max-age=60').end(whole),
    )
    const { url, close } = await listen(app)
    await getRaw(url, '/')
    const { status, headers, body } = await getRaw(url, '/', ['Range: bytes=0-1,24-'])
    await close()
    const type = headers.find(([name]) => name === 'Content-Type')?.[1]
    const boundary = type?.split('boundary=')[1]
    const part = (range: string, text: string) =>
      `\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${range}/26\r\n\r\n${text}`
    expect(status).toBe(206)
    expect(body.toString()).toBe(`${part('0-1', 'ab')}${part('24-25', 'yz')}\r\n--${boundary}--\r\n`)
    expect(renders()).toBe(1)
  })
})

describe("RFC 9111 §3.3: a part, under policy 'rfc9111'", () => {
  it.each([
    ['that ends early answers for the bytes that it has', {}, 1],
    ['that a layer encoded answers for none', { 'Content-Encoding': 'gzip' }, 2],
  ])('%s', async (_name, encoding, expected) => {
    const { app, renders } = site((_req, res) => {
      res.status(206).set({ 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 4-9/10', ...encoding })
      res.end('01234')
    }, options)
    const raw = (range: string) => getRaw(url, '/', [`Range: ${range}`, 'Accept-Encoding: gzip'])
    const { url, close } = await listen(app)
    await raw('bytes=-6')
    const { body } = await raw('bytes=6-8')
    await close()
    expect(renders()).toBe(expected)
    if (expected === 1) expect(body.toString()).toBe('234')
  })

  it.each(['bytes=5-9', 'bytes=5-', 'bytes=-3'])('that ends early does not answer %s', async (range) => {
    const { app, renders } = site((_req, res) => {
      res.status(206).set({ 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 4-9/10' })
      res.end(renders() === 1 ? '01234' : '012345')
    }, options)
    await get(app, 'bytes=4-9')
    await get(app, range)
    expect(renders()).toBe(2)
  })

  it('answers the ranges that it holds', async () => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged(etag, log), options)
    await get(app, 'bytes=5-14')
    const inside = await get(app, 'bytes=6-8')
    expect([inside.status, inside.headers['content-range'], inside.text]).toEqual([
      206,
      'bytes 6-8/26',
      'ghi',
    ])
    expect(inside.headers['cache-status']).toMatch(/^sitecache; hit/)
    const beyond = await get(app, 'bytes=10-19')
    expect(beyond.headers['cache-status']).toBe('sitecache; fwd=partial; stored')
    expect(log).toEqual(['bytes=5-14', 'bytes=10-19'])
  })

  it('grows with what comes, and becomes the whole (§3.4)', async () => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged(etag, log), options)
    for (const range of ['bytes=0-9', 'bytes=10-19', 'bytes=15-']) await get(app, range)
    const all = await get(app)
    expect([all.status, all.text, all.headers['content-range']]).toEqual([200, whole, undefined])
    expect(all.headers['cache-status']).toMatch(/^sitecache; hit/)
    expect(log).toHaveLength(3)
  })

  it.each([
    ['an ETag', etag],
    [
      'a Last-Modified that was past (RFC 9110 §8.8.2.2)',
      { 'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT' },
    ],
  ])('is completed, by %s', async (_name, validators: Record<string, string>) => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged(validators, log), options)
    await get(app, 'bytes=0-9')
    const all = await get(app)
    expect([all.status, all.text, all.headers['content-range']]).toEqual([200, whole, undefined])
    expect(all.headers['content-length']).toBe('26')
    expect(all.headers['cache-status']).toBe('sitecache; fwd=partial; fwd-status=206; stored')
    expect((await get(app)).headers['cache-status']).toMatch(/^sitecache; hit/)
    expect(log).toEqual(['bytes=0-9', 'bytes=10-'])
  })

  it.each([
    ['no validator', {}],
    ['a weak ETag', { ETag: 'W/"v1"' }],
  ])('is not put together with %s: the whole is asked for anew', async (_name, validators) => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged(validators, log), options)
    await get(app, 'bytes=0-9')
    const all = await get(app)
    expect([all.status, all.text]).toEqual([200, whole])
    expect(log).toEqual(['bytes=0-9', 'bytes=10-', undefined])
    expect((await get(app)).headers['cache-status']).toMatch(/^sitecache; hit/)
  })

  it('makes way for the whole of another version', async () => {
    const log: (string | undefined)[] = []
    let handler = ranged(etag, log)
    const { app } = site((req, res) => handler(req, res), options)
    await get(app, 'bytes=0-9')
    handler = ranged({ ETag: '"v2"' }, log, whole.toUpperCase())
    expect((await get(app)).text).toBe(whole.toUpperCase())
    expect((await get(app)).text).toBe(whole.toUpperCase())
    expect(log).toHaveLength(2)
  })

  it('is never taken for the whole, nor given beyond its time', async () => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged({}, log), options)
    await get(app, 'bytes=0-9')
    expect((await request(app).head('/')).status).toBe(200)
    passSeconds(61)
    await get(app, 'bytes=0-9')
    expect(log).toEqual(['bytes=0-9', undefined, 'bytes=0-9'])
  })

  it('is not completed to what is longer than a page may be', async () => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged(etag, log), { ...options, maxBodyBytes: whole.length - 1 })
    expect((await get(app, 'bytes=0-3')).status).toBe(206)
    expect((await get(app)).text).toBe(whole)
    // In one request, whose body passes: the rest would have to be held, and the whole asked for anew.
    expect(log).toEqual(['bytes=0-3', undefined])
    expect((await get(app, 'bytes=1-2')).headers['cache-status']).toContain('hit')
  })

  it("is not stored under policy 'django'", async () => {
    const log: (string | undefined)[] = []
    const { app } = site(ranged(etag, log))
    await get(app, 'bytes=0-9')
    await get(app, 'bytes=0-9')
    expect(log).toHaveLength(2)
  })
})

describe('express.static', () => {
  it('is stored in parts and completed', async () => {
    const { app, renders } = site(
      (req, res) => express.static(import.meta.dirname)(req, res, () => res.end('none')),
      {
        ...options,
      },
    )
    const file = '/partial.test.ts'
    const ask = (range?: string) => {
      const asked = request(app)
        .get(file)
        .buffer(true)
        .parse((res, done) => {
          const chunks: Buffer[] = []
          res
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('end', () => done(null, Buffer.concat(chunks)))
        })
      return range === undefined ? asked : asked.set('Range', range)
    }
    const full = await request(express().use(express.static(import.meta.dirname)))
      .get(file)
      .buffer(true)
    await ask('bytes=0-99')
    const all = await ask()
    expect(all.status).toBe(200)
    expect(String(all.body)).toBe(String(full.text ?? full.body))
    expect(renders()).toBeGreaterThanOrEqual(2)
  })
})
