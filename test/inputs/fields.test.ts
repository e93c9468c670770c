import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import express from 'express'
import express4 from 'express4'
import { everything, LookUp, type Seen, seen } from './seen.js'

type Fields = IncomingMessage & Record<string, unknown>
type Locals = ServerResponse & { locals: Record<string, unknown> }
type Prepare = (req: Fields, res: Locals) => void
type Read = (req: Fields, res: Locals) => unknown

/** A middleware, a look-up below it, and a handler, in each framework. */
const frameworks: Record<string, (prepare: Prepare, lookUp: LookUp, read: Read) => RequestListener> = {
  'Express 5': (prepare, lookUp, read) => chain(express(), prepare, lookUp, read),
  'Express 4': (prepare, lookUp, read) => chain(express4(), prepare, lookUp, read),
  Connect: (prepare, lookUp, read) => chain(connect(), prepare, lookUp, read),
  'node:http': (prepare, lookUp, read) => (req, res) => {
    const [fields, locals] = [req as Fields, Object.assign(res, { locals: {} })]
    prepare(fields, locals)
    lookUp.middleware(req, res, () => res.end(inspect(read(fields, locals))))
  },
}

interface Chain {
  use(middleware: (req: IncomingMessage, res: ServerResponse, next: () => void) => void): unknown
}

function chain<T extends Chain>(app: T, prepare: Prepare, lookUp: LookUp, read: Read): T {
  app.use((req, res, next) => {
    const locals = Object.hasOwn(res, 'locals') ? (res as Locals) : Object.assign(res, { locals: {} })
    prepare(req as Fields, locals)
    next()
  })
  app.use(lookUp.middleware)
  app.use((req, res) => {
    res.end(inspect(read(req as Fields, res as Locals)))
  })
  return app
}

class Tenant {
  readonly #name: string
  constructor(name: string) {
    this.#name = name
  }
  get name(): string {
    return this.#name
  }
}

describe.each(Object.entries(frameworks))('%s: what a middleware left on the request', (_name, build) => {
  const ask = (prepare: Prepare, read: Read, headers?: Record<string, string>): Promise<Seen> => {
    const lookUp = new LookUp('below')
    return seen(lookUp, build(prepare, lookUp, read), headers)
  }
  const tenant: Prepare = (req) => {
    req.tenant = { id: 7 }
  }

  it('is no input while nothing reads it', async () => {
    expect(await ask(tenant, () => 'hello')).toMatchObject({ names: [], body: "'hello'" })
  })

  it('is learned by name, with its value at the look-up', async () => {
    const page = await ask(tenant, (req) => {
      const own = req.tenant as { id: number }
      own.id = 8
      return own.id
    })
    expect(page).toMatchObject({ names: ['req:tenant'], body: '8' })
    expect(page.values['req:tenant']).toContain('7')
    const other = await ask(
      (req) => Object.assign(req, { tenant: { id: 9 } }),
      (req) => req.tenant,
    )
    expect(other.values['req:tenant']).not.toBe(page.values['req:tenant'])
  })

  it('is no input once the handler has put another value there', async () => {
    const page = await ask(tenant, (req) => {
      req.tenant = { id: 1 }
      return req.tenant
    })
    expect(page).toMatchObject({ names: [], body: '{ id: 1 }' })
  })

  it('counts as what it may have been made from where it is no plain data', async () => {
    const page = await ask(
      (req) => Object.assign(req, { tenant: new Tenant('a') }),
      (req) => (req.tenant as Tenant).name,
    )
    expect(page).toMatchObject({ names: [...everything, 'req:tenant'], body: "'a'" })
    expect(page.values['req:tenant']).toMatch(/^\?/)
  })

  it('counts under a symbol too', async () => {
    const user = Symbol('user')
    const page = await ask(
      (req) => Object.assign(req, { [user]: 'ann' }),
      (req) => Reflect.get(req, user),
    )
    expect(page.names).toHaveLength(1)
    expect(Object.values(page.values)[0]).toContain('ann')
  })

  it('stays as it was defined', async () => {
    let evaluated = 0
    const define: Prepare = (req) => {
      Object.defineProperty(req, 'readOnly', { value: 'r', configurable: true, enumerable: true })
      Object.defineProperty(req, 'hidden', { value: 'h', writable: true, configurable: true })
      Object.defineProperty(req, 'lazy', {
        configurable: true,
        get(this: IncomingMessage) {
          evaluated += 1
          return this.headers['x-lazy']
        },
      })
    }
    const untouched = await ask(define, (req) => {
      const keys = Object.keys(req)
      const before = evaluated
      let refused = false
      try {
        req.readOnly = 'x'
      } catch {
        refused = true
      }
      return [keys.includes('readOnly'), keys.includes('hidden'), 'hidden' in req, before, refused]
    })
    expect(untouched).toMatchObject({ names: [], body: '[ true, false, true, 0, true ]' })
    const page = await ask(define, (req) => [req.readOnly, req.hidden, req.lazy], { 'x-lazy': 'l' })
    expect(page.names).toEqual(['req:hidden', 'req:lazy', 'req:readOnly', 'x-lazy'])
    expect(page.body).toBe("[ 'r', 'h', 'l' ]")
  })

  it('may throw where it is read, and only there', async () => {
    const fail = {
      configurable: true,
      enumerable: true,
      get() {
        throw new Error('not now')
      },
    }
    const prepare: Prepare = (req, res) => {
      Object.defineProperty(req, 'broken', fail)
      Object.defineProperty(res.locals, 'broken', fail)
    }
    const page = await ask(prepare, (req, res) => {
      res.locals.title = 'title'
      const messages = [() => req.broken, () => res.locals.broken].map((read) => {
        try {
          return read()
        } catch (error) {
          return (error as Error).message
        }
      })
      return messages
    })
    expect(page).toMatchObject({ body: "[ 'not now', 'not now' ]" })
    expect(page.names).toEqual(expect.arrayContaining(['cookie:*', 'locals:broken']))
    expect(await ask(prepare, () => 'hello')).toMatchObject({ names: [], body: "'hello'" })
  })

  it('counts as read where it can’t be watched', async () => {
    const page = await ask(
      (req) => Object.defineProperty(req, 'final', { value: 1 }),
      () => 'hello',
    )
    expect(page.names).toEqual(['req:final'])
    const own = await ask(
      (req) => Object.defineProperty(req, 'headers', { value: { ...req.headers } }),
      () => 'hello',
    )
    expect(own).toMatchObject({ names: everything, unseen: true, address: true, body: "'hello'" })
  })

  it('can be inherited', async () => {
    const page = await ask(tenant, (req) => {
      const derived = Object.create(req) as Fields
      derived.tenant = { id: 2 }
      return [derived.tenant, req.tenant]
    })
    expect(page.body).toBe('[ { id: 2 }, { id: 7 } ]')
  })

  it('is learned from res.locals by name, absent names too', async () => {
    const cart: Prepare = (_req, res) => Object.assign(res.locals, { cart: [1], help: () => 'x' })
    expect(await ask(cart, () => 'hello')).toMatchObject({ names: [] })
    const page = await ask(cart, (_req, res) => {
      res.locals.title = 'set by the handler'
      return [res.locals.cart, res.locals.title, res.locals.user, typeof res.locals.help]
    })
    expect(page.names).toEqual(['locals:cart', 'locals:user'])
    expect(page.values['locals:user']).toBeUndefined()
    expect(page.body).toBe("[ [ 1 ], 'set by the handler', undefined, 'function' ]")
  })

  it('is all of res.locals where it is copied, as it was at the look-up', async () => {
    const cart: Prepare = (_req, res) => Object.assign(res.locals, { cart: [1], help: () => 'x' })
    const copy: Read = (_req, res) => Object.keys({ ...res.locals })
    const page = await ask(cart, copy)
    expect(page).toMatchObject({ names: ['locals:*'], body: "[ 'cart', 'help' ]" })
    const changed = await ask(cart, (req, res) => {
      res.locals.now = Date.now()
      delete res.locals.help
      return copy(req, res)
    })
    expect(changed.values['locals:*']).toBe(page.values['locals:*'])
    const replaced = await ask(cart, (req, res) => {
      res.locals = { fresh: true }
      return [copy(req, res), res.locals.fresh]
    })
    expect(replaced).toMatchObject({ names: ['locals:*'], body: "[ [ 'fresh' ], true ]" })
    expect(replaced.values['locals:*']).toBe(page.values['locals:*'])
  })
})

describe('cookies', () => {
  const secret = 'secret'
  const ask = (read: (req: express.Request) => unknown, headers?: Record<string, string>): Promise<Seen> => {
    const lookUp = new LookUp('below')
    const app = express().use(cookieParser(secret)).use(lookUp.middleware)
    app.get('/', (req, res) => {
      res.send(inspect(read(req)))
    })
    return seen(lookUp, app, headers)
  }

  it('are learned by name', async () => {
    const cookie = 'theme=dark; cart=j%3A%7B%22a%22%3A1%7D; id=1'
    expect(await ask(() => 'hello', { cookie })).toMatchObject({ names: [] })
    expect(
      await ask((req) => [req.cookies.theme, req.cookies.absent, req.cookies.cart], { cookie }),
    ).toMatchObject({
      names: ['cookie:absent', 'cookie:cart', 'cookie:theme'],
      body: "[ 'dark', undefined, { a: 1 } ]",
    })
    expect(await ask((req) => req.signedCookies.theme)).toMatchObject({ names: ['cookie:theme'] })
    expect(await ask((req) => 'theme' in req.cookies)).toMatchObject({ names: ['cookie:theme'] })
  })

  it('are learned all at once where they are copied', async () => {
    const cookie = 'theme=dark'
    expect(await ask((req) => ({ ...req.cookies }), { cookie })).toMatchObject({ names: ['cookie:*'] })
    expect(await ask((req) => JSON.stringify(req.cookies), { cookie })).toMatchObject({ names: ['cookie:*'] })
    expect(await ask((req) => Object.is(req.cookies, req.cookies), { cookie })).toMatchObject({
      names: [],
      body: 'true',
    })
  })

  it('that a middleware changed count by their values', async () => {
    const lookUp = new LookUp('below')
    const app = express().use(cookieParser(secret))
    app.use((req, _res, next) => {
      req.cookies.visitor ??= 'new id'
      next()
    })
    app.use(lookUp.middleware).get('/', (req, res) => {
      res.send(req.cookies.visitor)
    })
    const page = await seen(lookUp, app)
    expect(page.names).toEqual(['cookie:visitor', 'req:cookies'])
    expect(page.values['req:cookies']).toContain('new id')
  })
})
