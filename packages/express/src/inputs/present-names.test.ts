import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { inputRules } from '@sitecache/http'
import { PresentNames } from './present-names.js'

function request(fields: object): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), fields)
}

function response(fields: object = {}): ServerResponse {
  return Object.assign(new ServerResponse(request({})), fields)
}

describe('PresentNames', () => {
  it('lists what middlewares put on a request, sorted', () => {
    const names = new PresentNames(inputRules())
    expect(names.of(request({ tenant: 'a', cart: {} }), response())).toEqual(['cart', 'tenant'])
    expect(names.of(request({ cart: {}, tenant: 'b' }), response())).toEqual(['cart', 'tenant'])
    expect(names.of(request({ cart: {} }), response())).toEqual(['cart'])
  })

  it('lists symbols and properties that are not enumerable, from the first request on that has them', () => {
    const names = new PresentNames(inputRules())
    const tenant = Symbol('tenant')
    expect(names.of(request({}), response())).toBeUndefined()
    expect(names.of(request({ [tenant]: 'a' }), response())).toEqual(['Symbol(tenant)'])
    const hidden = request({})
    Object.defineProperty(hidden, 'account', { value: 'a', configurable: true })
    expect(names.of(hidden, response())).toEqual(['account'])
    expect(names.of(request({}), response())).toBeUndefined()
  })

  it('lists a session, which a middleware may put on some requests alone', () => {
    expect(new PresentNames(inputRules()).of(request({ session: {} }), response())).toEqual(['session'])
  })

  it('lists nothing of Node, of users, and of what the application ignores', () => {
    const names = new PresentNames(inputRules(['req:startedAt']))
    const usual = { user: {}, sessionStore: {}, originalUrl: '/', startedAt: 1 }
    expect(names.of(request(usual), response())).toBeUndefined()
    expect(names.of(request({}), response())).toBeUndefined()
  })

  it('tells the same again after any other request', () => {
    const names = new PresentNames(inputRules())
    for (let i = 0; i < 3000; i++) names.of(request({ [`invented${i}`]: 1 }), response())
    expect(names.of(request({ tenant: 'a' }), response())).toEqual(['tenant'])
    expect(names.of(request({}), response())).toBeUndefined()
  })

  it('lists what middlewares put on a response, but no methods', () => {
    const names = new PresentNames(inputRules(['res:timing']))
    expect(names.of(request({}), response({ user: { id: 1 }, flush() {}, timing: 3 }))).toEqual(['res:user'])
    expect(names.of(request({}), response())).toBeUndefined()
  })
})
