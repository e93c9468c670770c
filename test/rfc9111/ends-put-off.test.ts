import { afterAll, describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { askRaw, bodyOf, headerOf } from '@sitecache/test-support/raw'
import { undoAll } from '@sitecache/test-support/undo'
import express, { type RequestHandler } from 'express'
import session from 'express-session'

const closing: (() => Promise<void>)[] = []
afterAll(() => undoAll(closing))

/** Ends each response a turn later, and with a header of its own. */
const later: RequestHandler = (_req, res, next) => {
  const { end, writeHead } = res
  res.writeHead = ((status: number, ...rest: never[]) => {
    res.setHeader('X-Above', 'here')
    return Reflect.apply(writeHead, res, [status, ...rest])
  }) as never
  res.end = ((...args: never[]) => {
    setImmediate(() => Reflect.apply(end, res, args))
    return res
  }) as never
  next()
}
const layer = () => siteCache({ cache: freshCache(), policy: 'rfc9111' })
const sessions = session({ secret: 's', saveUninitialized: true, resave: true })

const stacks: Readonly<Record<string, readonly RequestHandler[]>> = {
  'a middleware': [later, layer()],
  'a middleware, between two layers': [layer(), later, layer()],
  'express-session, between two layers': [layer(), sessions, layer()],
}

describe.each(Object.entries(stacks))(
  'a page that is validated below %s, which puts off the end',
  (_, above) => {
    it.each(['HEAD', 'GET'])('is answered by its head, to a %s', async (method) => {
      const app = express().use(...above)
      app.get('/{*path}', (_req, res) => {
        res.set('Cache-Control', 'max-age=5, must-revalidate').send('page')
      })
      const { url, close } = await listen(app)
      closing.push(close)
      const path = `/${method}`
      const [cookie] = headerOf(await askRaw('GET', url, path), 'set-cookie')?.split(';') ?? []
      const fields = cookie === undefined ? [] : [`Cookie: ${cookie}`]
      await askRaw('GET', url, path, fields)
      passSeconds(6)
      const answer = await askRaw(method, url, path, fields)
      expect(answer.status).toBe(200)
      expect(bodyOf(answer).toString()).toBe(method === 'HEAD' ? '' : 'page')
      expect(headerOf(answer, 'cache-status')).toContain('fwd-status=304')
      expect(headerOf(answer, 'x-above')).toBe(above.includes(later) ? 'here' : undefined)
    })
  },
)
