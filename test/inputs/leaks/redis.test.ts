import { afterAll, beforeAll, describe, it } from '@jest/globals'
import { redisStore } from '@sitecache/redis'
import { type RedisServer, startRedis } from '../../support/servers/redis.js'
import { Twins, type Whose } from '../support/leaky.js'
import { all } from './applications/all.js'

/** One application of each kind: what is learned has to be kept in the store, and read from there. */
const kinds = [
  'express-session, a field of it',
  'express-session, taken to res.locals by a middleware',
  'cookie-session, a field of it',
  'client-sessions',
  'passport with a session, req.user',
  'express-jwt, tokens that may be absent',
  'API keys of two users who share the cookie consent=yes',
  'lusca, the token that it puts on res.locals',
  'connect-flash, messages that the handler takes',
  'for in over the headers',
  'cookie-parser, one cookie',
  'a tenant object on the request',
  'X-User in a Request that was made of all fields',
  'a filter of addresses, which leaves nothing',
  'a view in pug with the user that a middleware put on res.locals',
  'i18next-http-middleware, req.t() by Accept-Language',
  'Hono, getCookie()',
  'http-proxy-middleware, a token',
  'NestJS, a guard with a field of its own',
]

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

describe.each(kinds)('%s, with pages in Redis', (name) => {
  it.each(['siteCache', 'between'] as const)('%s', async (order) => {
    const leaky = all.find((other) => other.name === name)
    if (leaky === undefined) throw new Error(`no application is called ${name}`)
    await server.ask('FLUSHALL')
    const store = redisStore(server.url)
    const twins = await Twins.start(leaky, { order, policy: 'django', lifetime: 60, store })
    const inTurn: Whose[] = ['a', 'a', 'b', 'b']
    for (const whose of inTurn) await twins.ask(whose)
    await twins.expectShared()
    await twins.ask('a')
    await twins.askAtOnce(['b', 'stranger', 'a'], '?cold', () => {})
  })
})
