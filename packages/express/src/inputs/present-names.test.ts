import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { inputRules } from '@sitecache/http'
import { PresentNames } from './present-names.js'

function request(fields: object): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), fields)
}

describe('PresentNames', () => {
  it('lists what middlewares put on a request, sorted', () => {
    const names = new PresentNames(inputRules())
    expect(names.of(request({ tenant: 'a', cart: {} }))).toEqual(['cart', 'tenant'])
    expect(names.of(request({ cart: {}, tenant: 'b' }))).toEqual(['cart', 'tenant'])
    expect(names.of(request({ cart: {} }))).toEqual(['cart'])
  })

  it('lists symbols and properties that are not enumerable, from the first request on that has them', () => {
    const names = new PresentNames(inputRules())
    const tenant = Symbol('tenant')
    expect(names.of(request({}))).toBeUndefined()
    expect(names.of(request({ [tenant]: 'a' }))).toEqual(['Symbol(tenant)'])
    const hidden = request({})
    Object.defineProperty(hidden, 'account', { value: 'a', configurable: true })
    expect(names.of(hidden)).toEqual(['account'])
    expect(names.of(request({}))).toBeUndefined()
  })

  it('lists a session, which a middleware may put on some requests alone', () => {
    expect(new PresentNames(inputRules()).of(request({ session: {} }))).toEqual(['session'])
  })

  it('lists nothing of Node, of users, and of what the application ignores', () => {
    const names = new PresentNames(inputRules(['req:startedAt']))
    const usual = { user: {}, sessionStore: {}, originalUrl: '/', startedAt: 1 }
    expect(names.of(request(usual))).toBeUndefined()
    expect(names.of(request({}))).toBeUndefined()
  })

  it('tells the same again after any other request', () => {
    const names = new PresentNames(inputRules())
    for (let i = 0; i < 3000; i++) names.of(request({ [`invented${i}`]: 1 }))
    expect(names.of(request({ tenant: 'a' }))).toEqual(['tenant'])
    expect(names.of(request({}))).toBeUndefined()
  })
})
