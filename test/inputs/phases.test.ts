import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from '@jest/globals'
import { holes } from '@sitecache/core/internal'
import compression from 'compression'
import express, { type Request, type RequestHandler } from 'express'
import session from 'express-session'
import express4 from 'express4'
import morgan from 'morgan'
import onHeaders from 'on-headers'
import { activeReads } from '../../packages/express/src/inputs/request-reads.js'
import { serve } from '../support/serve.js'
import { LookUp, type Seen, seen } from './seen.js'

type Read = (req: Request, res: express.Response) => unknown

const memorySession = (): RequestHandler => session({ secret: 'x', resave: true, saveUninitialized: true })
const discarded = { write: () => true }

async function ask(above: readonly RequestHandler[], read: Read, make = express): Promise<Seen> {
  const lookUp = new LookUp('below')
  const app = make()
  for (const middleware of above) app.use(middleware)
  app.use(lookUp.middleware)
  app.get('/', async (req, res) => {
    const body = await read(req, res)
    if (body !== undefined) res.send(body)
  })
  return seen(lookUp, app, { 'accept-encoding': 'gzip' })
}

// Nothing is held of a request once its watch has stopped.
afterEach(() => expect(activeReads.size).toBe(0))

describe('what is read for a response', () => {
  const late: RequestHandler = (req, res, next) => {
    onHeaders(res, () => void [req.headers['x-hook'], Reflect.get(req, 'session').name])
    res.on('finish', () => void req.headers['x-finish'])
    next()
  }
  const above = (): RequestHandler[] => [
    morgan('combined', { stream: discarded }),
    memorySession(),
    compression({ threshold: 0 }),
    late,
  ]

  it.each([
    ['5', express],
    ['4', express4 as unknown as typeof express],
  ])('in hooks is no input, however it is written (Express %s)', async (_version, make) => {
    const ways: Record<string, Read> = {
      send: () => 'page',
      json: (_req, res) => void res.json({}),
      write: (_req, res) => {
        res.write('a')
        res.end('b')
      },
      writeHead: (_req, res) => {
        res.writeHead(200, { 'x-a': '1' })
        res.end('b')
      },
      flushHeaders: (_req, res) => {
        res.flushHeaders()
        setImmediate(() => res.end('b'))
      },
      pipe: (_req, res) => void Readable.from(['a', 'b']).pipe(res),
    }
    for (const [way, write] of Object.entries(ways)) {
      const page = await ask(above(), write, make)
      expect([way, page.names, page.late, page.changedSession]).toEqual([way, [], [], false])
    }
  })

  it('counts by a handler that asks for it on its way', async () => {
    const page = await ask(above(), (req, res) => {
      res.writeHead(200, { 'x-a': String(req.headers['x-a']) })
      res.end(String(req.headers['x-b']))
    })
    expect(page).toMatchObject({ names: ['x-a'], late: ['x-b'] })
  })

  it('has methods that stay the same and can be put on and off', async () => {
    const page = await ask([], (_req, res) => {
      const { end, writeHead } = res
      const facts = [res.end === end, res.writeHead === writeHead, end.name, writeHead.name]
      const seenEnds: string[] = []
      res.end = function outer(this: express.Response, ...args: unknown[]) {
        seenEnds.push('outer')
        return Reflect.apply(end, this, args)
      } as typeof end
      const outer = res.end
      facts.push(res.end === outer)
      res.end = end
      facts.push(res.end === end)
      return inspect([...facts, seenEnds.length])
    })
    expect(page.body).toBe("[ true, true, 'end', 'writeHead', true, true, 0 ]")
  })
})

describe('what is read elsewhere', () => {
  it('is a hole’s own where it fills one', async () => {
    holes.define('phases-name', (req: IncomingMessage) => String(req.headers['x-name']))
    const page = await ask([], (req) => {
      holes.fill('phases-name', req, () => {})
      return String(req.headers['x-page'])
    })
    expect(page.names).toEqual(['x-page'])
  })

  it('counts in error handlers', async () => {
    const lookUp = new LookUp('below')
    const app = express().use(lookUp.middleware)
    app.get('/', () => {
      throw new Error('failed')
    })
    app.use(((_error, req, res, _next) => {
      res.status(500).send(req.get('x-error'))
    }) as express.ErrorRequestHandler)
    expect(await seen(lookUp, app)).toMatchObject({ status: 500, names: ['x-error'] })
  })

  it('counts through res.req', async () => {
    expect(await ask([], (_req, res) => String(res.req.headers['x-a']))).toMatchObject({ names: ['x-a'] })
  })
})

describe('HTTP/2', () => {
  it('is watched as HTTP/1.1 is', async () => {
    const lookUp = new LookUp('below')
    const page = new Promise<readonly string[]>((resolve) => {
      const server = createHttp2Server((http2Req, http2Res) => {
        const [req, res] = [http2Req as unknown as IncomingMessage, http2Res as unknown as ServerResponse]
        lookUp.middleware(req, res, () => {
          const read = [req.headers['x-a'], req.headers[':path'], Object.keys(req).includes('headers')]
          res.writeHead(200, { 'x-b': 'b' })
          void req.headers['x-late']
          res.end(inspect(read))
        })
      })
      server.listen(0, '127.0.0.1', () => {
        const client = connectHttp2(`http://127.0.0.1:${Object(server.address()).port}`)
        const stream = client.request({ ':path': '/', 'x-a': 'a' })
        let body = ''
        stream.setEncoding('utf8').on('data', (chunk) => {
          body += chunk
        })
        stream.on('end', () => {
          client.close()
          server.close()
          const { watch } = lookUp.last ?? {}
          resolve([body, ...(watch?.names ?? []), 'late:', ...(watch?.lateNames ?? [])])
        })
      })
    })
    expect(await page).toEqual(["[ 'a', '/', false ]", 'x-a', 'late:', 'x-late'])
  })
})

describe('several layers', () => {
  it('each see what is read behind their own look-up', async () => {
    const [outer, inner] = [new LookUp('top'), new LookUp('below')]
    const app = express().use(outer.middleware, memorySession())
    app.use((req, res, next) => {
      Object.assign(req, { tenant: req.headers['x-tenant'] })
      res.locals.title = 'title'
      next()
    })
    app.use(inner.middleware).get('/', (req, res) => {
      const read = [req.session.id !== '', Reflect.get(req, 'tenant'), res.locals.title, res.locals.absent]
      res.send(inspect([...read, req.headers['x-a']]))
    })
    const url = await serve(app)
    const both = [outer.seenOf(url, { 'x-tenant': 't' }), inner.seenOf(url, { 'x-tenant': 't' })]
    const [first, second] = await Promise.all(both)
    expect(first?.names).toEqual(['cookie:*', 'locals:absent', 'x-a', 'x-tenant'])
    expect(second?.names).toEqual(['locals:absent', 'locals:title', 'req:tenant', 'session', 'x-a'])
    expect(second?.values['req:tenant']).toContain('t')
    expect(first?.body).toBe("[ true, 't', 'title', undefined, undefined ]")
  })

  it('are seen through accessors that another layer has put between', async () => {
    const [outer, inner] = [new LookUp('below'), new LookUp('below')]
    const app = express().use(outer.middleware)
    app.use((req, res, next) => {
      let current = res.end
      Object.defineProperty(res, 'end', {
        configurable: true,
        get: () => current,
        set: (method: typeof current) => {
          current = method
        },
      })
      Object.defineProperty(req, 'headers', { value: { ...req.headers, 'x-a': 'a' }, configurable: true })
      next()
    })
    app.use(inner.middleware, compression({ threshold: 0 })).get('/', (req, res) => {
      res.on('finish', () => req.headers['x-late'])
      res.end(String(req.headers['x-a']))
      void req.headers['x-later']
    })
    const url = await serve(app)
    const [first, second] = await Promise.all([outer.seenOf(url), inner.seenOf(url)])
    expect(first).toMatchObject({
      names: ['accept', 'accept-language', 'header:*', 'origin', 'x-a'],
      late: [],
    })
    expect([second?.names, second?.late, second?.body]).toEqual([['x-a'], [], 'a'])
  })

  it('may stop one after the other', async () => {
    const [outer, inner] = [new LookUp('below'), new LookUp('below')]
    const app = express().use(outer.middleware, inner.middleware)
    app.get('/', (req, res) => {
      void req.headers['x-a']
      inner.last?.watch.stop()
      void req.headers['x-b']
      res.send('page')
    })
    const url = await serve(app)
    const [first, second] = await Promise.all([outer.seenOf(url), inner.seenOf(url)])
    expect([first?.names, second?.names]).toEqual([['x-a', 'x-b'], ['x-a']])
  })
})

describe('a watch that has stopped', () => {
  it('leaves a request on which everything works', async () => {
    const lookUp = new LookUp('below')
    const app = express().use(memorySession(), lookUp.middleware)
    app.get('/', (req, res) => {
      lookUp.last?.watch.stop()
      expect(activeReads.size).toBe(0)
      Object.assign(req.session, { a: 1 })
      res.send([req.get('x-a'), Object.keys({ ...req.headers }).length > 0, req.ip !== ''].join())
    })
    expect(await seen(lookUp, app, { 'x-a': 'a' })).toMatchObject({ names: [], body: 'a,true,true' })
  })

  it('holds nothing of a client that hung up', async () => {
    const lookUp = new LookUp('below')
    const closed = new Promise<void>((resolve) => {
      const handler = (req: IncomingMessage, res: ServerResponse): void => {
        lookUp.middleware(req, res, () => {
          res.on('close', () => {
            lookUp.last?.watch.stop()
            resolve()
          })
          res.write('a')
        })
      }
      const server = createServer(handler).listen(0, '127.0.0.1', () => {
        const address = server.address()
        const port = typeof address === 'object' ? address?.port : undefined
        const request = get({ host: '127.0.0.1', port }, (response) => {
          response.on('error', () => {})
          request.destroy()
          server.close()
        })
        request.on('error', () => {})
      })
    })
    await closed
    expect(activeReads.size).toBe(0)
  })
})
