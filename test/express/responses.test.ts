import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { cachePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type Request, type Response } from 'express'
import nunjucks from 'nunjucks'

let directory = ''
let file = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sitecache-'))
  file = join(directory, 'page.html')
  await writeFile(file, `<p>${'file '.repeat(5000)}</p>`)
  await writeFile(join(directory, 'hello.njk'), 'Hello {{ name }}')
})

afterAll(() => rm(directory, { recursive: true }))

type Handler = (req: Request, res: Response) => unknown

/** Every way in which a response can be written. */
const handlers: Record<string, Handler> = {
  'res.send of a text': (_req, res) => res.send('text'),
  'res.send of a buffer': (_req, res) => res.send(Buffer.from([0, 255, 13, 10])),
  'res.json': (_req, res) => res.json({ a: [1, 'ü'] }),
  'res.render': (_req, res) => res.render('hello.njk', { name: 'Ada & <co>' }),
  'res.sendFile': (_req, res) => res.sendFile(file, { maxAge: '1h' }),
  'a stream piped into res': (_req, res) => createReadStream(file, { highWaterMark: 1000 }).pipe(res),
  'a pipeline': (_req, res) => pipeline(Readable.from(['one ', 'two ', 'three']), res),
  'chunked writes': (_req, res) => {
    res.write('é', 'latin1')
    res.write(Buffer.from('b'))
    res.write('63', 'hex')
    res.end('d', 'utf8')
  },
  'an end without a body': (_req, res) => res.end(),
  'writes with callbacks': (_req, res) => {
    res.write('a', () => {
      res.write('b', 'utf8', () => res.end('c', () => undefined))
    })
  },
  'flushHeaders first': (_req, res) => {
    res.setHeader('X-Early', 'yes')
    res.flushHeaders()
    setImmediate(() => res.end('late'))
  },
  'writeHead with a status': (_req, res) => res.writeHead(200).end('a'),
  'writeHead with an object': (_req, res) =>
    res.writeHead(200, { 'X-One': '1', 'X-Two': ['2', '3'] }).end('b'),
  'writeHead with a reason and an object': (_req, res) =>
    res.writeHead(200, 'Fine', { 'X-One': '1' }).end('c'),
  'writeHead with a flat array': (_req, res) =>
    res.writeHead(200, ['X-One', '1', 'X-One', '2', 'X-Two', '3']).end('d'),
  'writeHead with pairs': (_req, res) => {
    const pairs = [
      ['X-One', '1'],
      ['X-Two', '2'],
    ] as unknown as string[]
    res.writeHead(200, pairs).end('e')
  },
  'writeHead over headers set before': (_req, res) => {
    res.setHeader('X-One', 'old')
    res.setHeader('X-Two', 'kept')
    res.writeHead(200, { 'x-one': 'new' }).end('f')
  },
  'setHeader with several values': (_req, res) => {
    res.setHeader('Link', ['<a>; rel=preload', '<b>; rel=preload'])
    res.appendHeader('Link', '<c>; rel=preload')
    res.end('g')
  },
  'an announced Content-Length': (_req, res) => {
    res.setHeader('Content-Length', 4)
    res.write('ab')
    res.end('cd')
  },
}

function application(handler: Handler, wrapped: boolean) {
  const app = express()
  app.set('views', directory)
  nunjucks.configure(directory, { express: app, autoescape: true })
  let renders = 0
  const counted: Handler = (req, res) => {
    renders += 1
    return handler(req, res)
  }
  if (wrapped) app.get('/', cachePage('15m', { cache: freshCache() })(counted))
  else app.use(siteCache({ cache: freshCache() })).get('/', counted)
  return { app, renders: () => renders }
}

/** Headers that may differ between the response that is stored and a hit. */
const own = new Set([
  'age',
  'cache-status',
  'transfer-encoding',
  'content-length',
  'connection',
  'keep-alive',
])

function comparable(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)))
}

describe.each(Object.entries(handlers))('%s', (_name, handler) => {
  it.each([
    ['siteCache', false],
    ['cachePage around the handler', true],
  ])('is stored and replayed the same: %s', async (_way, wrapped) => {
    const { app, renders } = application(handler, wrapped)
    const first = await request(app).get('/').buffer(true).parse(bytes)
    const second = await request(app).get('/').buffer(true).parse(bytes)
    expect(second.headers['cache-status']).toMatch(/^sitecache; hit/)
    expect(renders()).toBe(1)
    expect(second.status).toBe(first.status)
    expect(Buffer.compare(second.body, first.body)).toBe(0)
    expect(comparable(second.headers)).toEqual(comparable(first.headers))
    expect(second.headers['content-length']).toBe(String(first.body.length))
  })
})

describe('the reason phrase', () => {
  it('is stored', async () => {
    const { app } = application((_req, res) => res.writeHead(200, 'Splendid').end('x'), false)
    await request(app).get('/')
    const hit = await request(app).get('/')
    expect((hit as unknown as { res: { statusMessage: string } }).res.statusMessage).toBe('Splendid')
  })
})

describe('res.redirect', () => {
  it('is stored where its status may be', async () => {
    const app = express()
    let renders = 0
    app.use(siteCache({ cache: freshCache(), statuses: [200, 301] })).get('/', (_req, res) => {
      renders += 1
      res.redirect(301, '/elsewhere')
    })
    await request(app).get('/')
    const hit = await request(app).get('/')
    expect(hit.status).toBe(301)
    expect(hit.headers.location).toBe('/elsewhere')
    expect(renders).toBe(1)
  })

  it('is not stored by default', async () => {
    const { app, renders } = application((_req, res) => res.redirect('/elsewhere'), false)
    await request(app).get('/')
    await request(app).get('/')
    expect(renders()).toBe(2)
  })
})

describe('a body', () => {
  it('is kept as it was written, though the handler uses its buffer again', async () => {
    const { app } = application((_req, res) => {
      const buffer = Buffer.from('first')
      res.write(buffer, () => {
        buffer.write('other')
        res.end()
      })
    }, false)
    await request(app).get('/')
    expect((await request(app).get('/').buffer(true).parse(bytes)).body.toString()).toBe('first')
  })

  it('reaches the client while it is written, with backpressure', async () => {
    const answers: boolean[] = []
    const { app } = application((_req, res) => {
      answers.push(res.write(Buffer.alloc(2 ** 20)))
      res.once('drain', () => res.end())
    }, false)
    const first = await request(app).get('/').buffer(true).parse(bytes)
    expect(first.body.length).toBe(2 ** 20)
    expect(answers).toEqual([false])
  })
})

function bytes(res: unknown, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = []
  const stream = res as Readable
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => done(null, Buffer.concat(chunks)))
}
