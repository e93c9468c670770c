import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { inputRules } from '@sitecache/http'
import type { InputSettings } from './input-settings.js'
import { RequestInputs } from './request-inputs.js'
import { watchInputs } from './watch-inputs.js'

interface Given {
  readonly headers?: Record<string, string>
  readonly fields?: object
  readonly locals?: object
  readonly settings?: Partial<InputSettings>
}

function inputsOf({ headers = {}, fields = {}, locals = {}, settings = {} }: Given): RequestInputs {
  const req = Object.assign(new IncomingMessage(new Socket()), fields)
  Object.assign(req.headers, headers)
  const res = Object.assign(new ServerResponse(req), { locals })
  return new RequestInputs(req, res, { rules: inputRules(), ...settings })
}

const textOf = (name: string, given: Given): string | undefined => inputsOf(given).value(name)
const cookie = 'sid=1'
const member = { user: { id: 1 } }

describe('the value of a visitor', () => {
  it('is absent where nobody is signed in', () => {
    const nobody: object[] = [
      {},
      { user: undefined, auth: null },
      { isAuthenticated: () => false },
      { oidc: { isAuthenticated: () => false } },
    ]
    for (const fields of nobody) expect(textOf('visitor', { fields, headers: { cookie } })).toBeUndefined()
    const sessionOnly = { session: { cart: 1 }, sessionID: 'a' }
    expect(textOf('visitor', { fields: sessionOnly })).toBeUndefined()
  })

  it('is what the application says', () => {
    const said = (visitor: string | number) => textOf('visitor', { settings: { visitor: () => visitor } })
    expect(said('1')).not.toBe(said(1))
    expect(said('a')).toBe(said('a'))
  })

  it('is the Authorization header, else the id of a session', () => {
    const session = { session: {}, sessionID: 'a' }
    const byHeader = { headers: { authorization: 'Bearer a', cookie }, fields: { ...member, ...session } }
    expect(textOf('visitor', byHeader)).toBe('authorization:Bearer a')
    expect(textOf('visitor', { fields: { ...member, ...session }, headers: { cookie } })).toBe('id:a')
    const ways: object[] = [
      { auth: {} },
      { isAuthenticated: () => true },
      { oidc: { isAuthenticated: () => true } },
    ]
    for (const way of ways) expect(textOf('visitor', { fields: { ...way, ...session } })).toBe('id:a')
  })

  it('is told from that of nobody and of others where there is no identity', () => {
    const [first, second] = ['a', 'b'].map((key) =>
      inputsOf({ fields: member, headers: { 'x-api-key': key } }),
    )
    expect(first?.value('visitor')).toBeDefined()
    expect(first?.value('visitor')).not.toBe(second?.value('visitor'))
  })

  it('is what shows them where the application counts them as nobody', () => {
    const settings = { isSignedIn: () => false }
    const of = (fields: object) => textOf('visitor', { settings, fields })
    expect(of({})).toBeUndefined()
    const guests: object[] = [
      { user: { currency: 'EUR' } },
      { user: { currency: 'CHF' } },
      { auth: { currency: 'EUR' } },
      { oidc: { user: 'a' } },
    ]
    expect(new Set(guests.map(of)).size).toBe(guests.length)
    expect(of({ user: { currency: 'EUR' } })).toBe(of({ user: { currency: 'EUR' } }))
  })
})

describe('options that throw, or answer no identity', () => {
  it('leave a visitor without an identity', () => {
    const fail = () => {
      throw new Error('failed')
    }
    for (const settings of [{ visitor: fail }, { isSignedIn: fail }, { visitor: () => Number.NaN }]) {
      const inputs = inputsOf({ settings, headers: { cookie } })
      expect(inputs.value('visitor')).toMatch(/^\?/)
      expect(inputs.isPlain('visitor')).toBe(false)
    }
  })
})

describe('the value of a session', () => {
  it('is one for all that hold nothing', () => {
    const empty: object[] = [
      { session: { cookie: {} }, sessionID: 'a' },
      { session: { cookie: {}, flash: {}, passport: {} }, sessionID: 'b' },
      { session: {} },
    ]
    expect(empty.map((fields) => textOf('session', { fields }))).toEqual(['empty', 'empty', 'empty'])
    expect(textOf('session', {})).toBeUndefined()
    expect(textOf('session', { fields: { session: null } })).toBeUndefined()
  })

  it('is its identity where it holds data', () => {
    const session = { cart: [] }
    expect(textOf('session', { fields: { session, sessionID: 'a' } })).toBe('id:a')
    const sessionOptions = { name: 'own' }
    const headers = { cookie: 'own=abc; other=1' }
    expect(textOf('session', { fields: { session, sessionOptions }, headers })).toBe('cookie:own=abc')
  })

  it('is what it holds where nothing vouches for it: it may be made of any header', () => {
    const of = (session: unknown) => textOf('session', { fields: { session }, headers: { cookie: 'a=1' } })
    expect(of({ name: 'ada' })).toBe(of({ name: 'ada' }))
    expect(of({ name: 'ada' })).not.toBe(of({ name: 'bob' }))
    expect(of('ada')).not.toBe(of('bob'))
    class Session {
      name = 'ada'
    }
    const made = (token: string) =>
      textOf('session', { fields: { session: new Session() }, headers: { 'x-token': token } })
    expect(made('1')).not.toBe(made('2'))
  })
})

describe('the value of what a middleware left', () => {
  it('is a text of plain data, and absent where it is not there', () => {
    expect(textOf('req:tenant', {})).toBeUndefined()
    expect(textOf('locals:cart', {})).toBeUndefined()
    const tenant = (value: unknown) => textOf('req:tenant', { fields: { tenant: value } })
    expect(tenant({ a: 1, b: 2 })).toBe(tenant({ b: 2, a: 1 }))
    const values = [null, '', 'a', 'A', 0, 1, '1', {}, [], { a: 1 }, 'x'.repeat(3000), 'x'.repeat(3001)]
    const texts = values.map(tenant)
    expect(new Set(texts).size).toBe(values.length)
    expect(texts.every((text) => text !== undefined && text.length <= 2001)).toBe(true)
  })

  it('is all that the request came with where it is no plain data, since it may be made of any part', () => {
    class Document {}
    const of = (headers: Record<string, string>, tenant: unknown = new Document()) =>
      textOf('req:tenant', { headers, fields: { tenant } })
    for (const name of ['cookie', 'x-tenant', 'accept-language', 'user-agent', 'x-forwarded-for']) {
      expect(of({ [name]: 'a=1' })).toBe(of({ [name]: 'a=1' }))
      expect([name, of({ [name]: 'a=1' })]).not.toEqual([name, of({ [name]: 'a=2' })])
    }
    const known = { traceparent: '00-1', 'if-none-match': '"a"', cookie: '_ga=1' }
    expect(of(known)).toBe(of({}))
    expect(of({}, () => 1)).not.toBe(textOf('req:tenant', {}))
    expect(inputsOf({ fields: { tenant: new Document() } }).isPlain('req:tenant')).toBe(false)
  })

  it('is that of the instance where requests share one, and another where it has other data', () => {
    class Pool {
      tenant = 'a'
    }
    const of = (tenant: unknown, language: string) =>
      inputsOf({ headers: { 'accept-language': language }, fields: { tenant } })
    const pool = new Pool()
    const [first, second] = [of(pool, 'en'), of(pool, 'de')]
    expect(first.value('req:tenant')).toBe(second.value('req:tenant'))
    expect([first.isPlain('req:tenant'), second.isPlain('req:tenant')]).toEqual([false, true])
    expect(of(new Pool(), 'de').value('req:tenant')).not.toBe(first.value('req:tenant'))
    pool.tenant = 'b'
    expect(of(pool, 'en').value('req:tenant')).not.toBe(first.value('req:tenant'))
  })

  it('is told name by name of all locals, so that a helper that requests share splits nothing', () => {
    class Helper {}
    const help = new Helper()
    const of = (cart: unknown, language: string) =>
      textOf('locals:*', { headers: { 'accept-language': language }, locals: { help, cart } })
    expect(of([1], 'en')).toBe(of([1], 'de'))
    expect(of([1], 'en')).not.toBe(of([2], 'en'))
    expect(of(new Helper(), 'en')).not.toBe(of(new Helper(), 'de'))
  })

  it('is what locals inherit, too', () => {
    const of = (theme: string) => textOf('locals:theme', { locals: Object.create({ theme }) })
    expect(of('dark')).toBe(of('dark'))
    expect(of('dark')).not.toBe(of('light'))
    expect(textOf('locals:toString', { locals: {} })).toBeUndefined()
  })

  it('leaves functions and ignored names out of all locals', () => {
    const all = (locals: object) => textOf('locals:*', { locals })
    expect(all({ a: 1, help: () => 1, settings: { b: 1 } })).toBe(all({ a: 1 }))
    expect(all({ a: 1 })).not.toBe(all({ a: 2 }))
  })
})

describe('values of a request that is watched', () => {
  it('stay as they were at the look-up', () => {
    const req = Object.assign(new IncomingMessage(new Socket()), { tenant: { id: 1 }, language: 'en' })
    req.headers['x-a'] = '1'
    const res = Object.assign(new ServerResponse(req), { locals: { cart: [1] } as Record<string, unknown> })
    const inputs = new RequestInputs(req, res, { rules: inputRules() })
    const watch = watchInputs(req, res, inputs, { place: 'below', known: [] })
    req.headers['x-a'] = '2'
    req.tenant.id = 2
    req.language = 'de'
    Object.assign(req, { plan: 'new' })
    res.locals.cart = [2]
    res.locals.title = 'new'
    const before = inputsOf({ fields: { tenant: { id: 1 }, language: 'en' }, locals: { cart: [1] } })
    expect(inputs.headers['x-a']).toBe('1')
    for (const name of ['req:tenant', 'req:language', 'req:plan', 'locals:cart', 'locals:title', 'locals:*'])
      expect([name, inputs.value(name)]).toEqual([name, before.value(name)])
    watch.stop()
  })
})
