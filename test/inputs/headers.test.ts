import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import { LookUp, seen } from './seen.js'

type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** A handler behind a look-up, in each framework. */
const frameworks: Record<string, (lookUp: LookUp, handler: Handler) => RequestListener> = {
  'Express 5': (lookUp, handler) => express().use(lookUp.middleware).get('/', handler),
  'Express 4': (lookUp, handler) => express4().use(lookUp.middleware).get('/', handler),
  Connect: (lookUp, handler) => connect().use(lookUp.middleware).use(handler),
  'node:http': (lookUp, handler) => (req, res) => lookUp.middleware(req, res, () => handler(req, res)),
}

/** Of a copy nothing more is seen: what servers choose by counts as well. */
const unseen = ['accept', 'accept-language', 'header:*', 'origin']

const reads: Record<string, [(req: IncomingMessage) => unknown, readonly string[]]> = {
  'no header': [() => 'hello', []],
  'a header by name': [(req) => req.headers['x-foo'], ['x-foo']],
  'a header in capitals': [(req) => req.headers['X-Foo'], ['x-foo']],
  'whether a header is there': [(req) => 'authorization' in req.headers, ['authorization']],
  'whether it has a header': [(req) => Object.hasOwn(req.headers, 'x-foo'), ['x-foo']],
  'its descriptor': [(req) => Reflect.getOwnPropertyDescriptor(req.headers, 'x-foo'), ['x-foo']],
  'the Cookie header': [(req) => req.headers.cookie, ['cookie:*']],
  'a header of headersDistinct': [(req) => req.headersDistinct['x-foo'], ['x-foo']],
  'no field name': [(req) => [req.headers[':authority'], req.headers[''], `${req.headers}`], []],
  'a probe': [(req) => [typeof req.headers.get, JSON.stringify(req.headers.then), String(req.headers)], []],
  'a precondition': [(req) => [req.headers['if-none-match'], req.headers.range, req.headers.host], []],
  'a header of the name session': [(req) => req.headers.session, ['header:session']],
  'a copy': [(req) => ({ ...req.headers }), unseen],
  'a copy by assign': [(req) => Object.assign({}, req.headers), unseen],
  'a copy by JSON': [(req) => JSON.stringify(req.headers), unseen],
  'a copy in Headers': [(req) => new Headers(req.headers as Record<string, string>), ['header:*']],
  entries: [(req) => Object.entries(req.headers), unseen],
  'a backward loop over all': [
    (req) => {
      const names = Object.keys(req.headers)
      for (let i = names.length - 1; i >= 0; i -= 1) void req.headers[String(names[i])]
    },
    unseen,
  ],
  'a loop that looks for one': [
    (req) => {
      for (const name in req.headers) if (name === 'user-agent') void req.headers[name]
    },
    ['header:*', 'user-agent'],
  ],
  'a copy, then one by name': [
    (req) => [{ ...req.headers }, req.headers['user-agent']],
    [...unseen, 'user-agent'],
  ],
  rawHeaders: [(req) => req.rawHeaders.length, unseen],
  'a descriptor of rawHeaders': [(req) => Reflect.getOwnPropertyDescriptor(req.rawHeaders, 1), unseen],
  'a spread of the request': [(req) => ({ ...req }), unseen],
  'a look at the headers': [(req) => inspect(req.headers), unseen],
  'a look at the request': [(req) => inspect(req), unseen],
}

describe.each(Object.entries(frameworks))('%s', (_framework, build) => {
  it.each(Object.entries(reads))('notes a read of %s', async (_title, [read, names]) => {
    const lookUp = new LookUp()
    const app = build(lookUp, (req, res) => {
      read(req)
      res.end('page')
    })
    const page = await seen(lookUp, app, { 'x-foo': 'a' })
    expect(page).toMatchObject({ names, late: [], body: 'page', address: false, changedSession: false })
    expect(page.unseen).toBe(names.includes('header:*'))
  })

  it('leaves headers as they are', async () => {
    const lookUp = new LookUp()
    const app = build(lookUp, (req, res) => {
      const { headers } = req
      const facts = {
        same: req.headers === headers,
        prototype: typeof headers.hasOwnProperty === 'function',
        keys: Object.keys(headers).includes('x-foo'),
        enumerable: Object.keys(req).includes('headers'),
        distinct: req.headersDistinct['x-foo'],
        inspected: inspect(headers).includes("'x-foo': 'a'"),
      }
      headers['x-new'] = 'b'
      delete headers['x-foo']
      const written = { new: req.headers['x-new'], foo: headers['x-foo'], has: 'x-foo' in headers }
      req.headers = { 'x-other': 'c' }
      res.end(JSON.stringify({ ...facts, ...written, other: req.headers['x-other'] }))
    })
    const page = await seen(lookUp, app, { 'x-foo': 'a' })
    expect(JSON.parse(page.body)).toEqual({
      ...{ same: true, prototype: true, keys: true, enumerable: false, distinct: ['a'], inspected: true },
      ...{ new: 'b', has: false, other: 'c' },
    })
    expect(page.names).toEqual(expect.arrayContaining(['x-foo', 'x-new', 'x-other']))
    expect(lookUp.last?.inputs.headers['x-foo']).toBe('a')
    expect(lookUp.last?.inputs.headers['x-new']).toBeUndefined()
  })

  it('leaves out what the vary record has, and what the application ignores', async () => {
    const lookUp = new LookUp('below', {}, ['x-foo'])
    const app = build(lookUp, (req, res) => {
      void [req.headers['x-foo'], req.headers['x-bar'], req.headers.traceparent]
      res.end()
    })
    expect(await seen(lookUp, app)).toMatchObject({ names: ['x-bar'] })
  })

  it('tells what was read before the head from what was read later', async () => {
    const lookUp = new LookUp()
    const app = build(lookUp, (req, res) => {
      void req.headers['x-early']
      res.write('a')
      void [req.headers['x-early'], req.headers['x-late']]
      res.end('b', () => req.headers['x-after'])
      void req.headers['x-after']
    })
    expect(await seen(lookUp, app)).toMatchObject({ names: ['x-early'], late: ['x-late'] })
  })
})

describe('Express’ own accessors', () => {
  const own: Record<string, [(req: express.Request) => unknown, readonly string[]]> = {
    protocol: [(req) => req.protocol, []],
    secure: [(req) => req.secure, []],
    hostname: [(req) => req.hostname, []],
    host: [(req) => req.host, []],
    subdomains: [(req) => req.subdomains, []],
    fresh: [(req) => [req.fresh, req.stale], []],
    xhr: [(req) => req.xhr, ['x-requested-with']],
    get: [(req) => req.get('Accept-Language'), ['accept-language']],
    'get of the referrer': [(req) => req.get('Referer'), ['referer', 'referrer']],
    accepts: [(req) => req.accepts('html'), ['accept']],
    acceptsLanguages: [(req) => req.acceptsLanguages('de'), ['accept-language']],
    is: [(req) => req.is('json'), []],
    range: [(req) => req.range(100), []],
  }

  it.each([
    ['5', express],
    ['4', express4 as unknown as typeof express],
  ])('are learned by their result (Express %s)', async (_version, make) => {
    for (const trust of [false, true])
      for (const [name, [read, names]] of Object.entries(own)) {
        const lookUp = new LookUp()
        const app = make().set('trust proxy', trust).use(lookUp.middleware)
        app.get('/', (req, res) => {
          read(req)
          res.send('page')
        })
        const page = await seen(lookUp, app, { 'x-forwarded-proto': 'https' })
        expect([name, page.names, page.address]).toEqual([name, names, false])
      }
  })

  it('keep a page with the client’s address from being kept', async () => {
    for (const read of [(req: express.Request) => req.ip, (req: express.Request) => req.ips]) {
      const lookUp = new LookUp()
      const app = express().use(lookUp.middleware)
      app.get('/', (req, res) => {
        res.send(String(read(req)))
      })
      expect(await seen(lookUp, app)).toMatchObject({ names: [], address: true })
    }
  })

  it('are seen through in mounted applications and routers', async () => {
    const lookUp = new LookUp()
    const mounted = express().get('/c', (req, res) => {
      res.send([req.protocol, req.xhr, req.get('x-foo')].join())
    })
    const router = express.Router().use('/b', mounted)
    const app = express().use(lookUp.middleware).use('/a', router)
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const page = await lookUp.seenOf(`http://127.0.0.1:${port}/a/b/c`, { 'x-foo': '1' })
    server.close()
    expect(page).toMatchObject({ names: ['x-foo', 'x-requested-with'], body: 'http,false,1' })
  })
})
