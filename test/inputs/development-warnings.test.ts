import type { IncomingMessage, RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import cookieParser from 'cookie-parser'
import express from 'express'
import {
  ADDRESS_INPUT,
  InputWarnings,
  isDevelopment,
} from '../../packages/express/src/inputs/development-warnings.js'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'
import { isOwn, tellOfCookies } from './telling.js'

/** Collects what is warned of. */
function collecting() {
  const told: string[] = []
  const codes = new Set<string>()
  const warnings = new InputWarnings((code, message) => {
    told.push(message)
    codes.add(code)
  }, isOwn)
  return { told, codes, warnings }
}

const request = (url: string, method = 'GET') => ({ url, method, headers: {} }) as IncomingMessage

describe('a warning of an input', () => {
  const texts: [string, string, string][] = [
    ['accept-language', 'depend on the header accept-language,', "buckets: { 'accept-language'"],
    ['header:*', 'depend on all headers,', 'by name'],
    ['cookie:theme', 'depend on the cookie theme,', "ignore: ['cookie:theme']"],
    ['cookie:*', 'depend on the Cookie header,', 'cookie-parser'],
    ['session', 'depend on the session,', 'hole'],
    ['visitor', 'depend on the signed-in visitor,', 'hole'],
    ['req:tenant', 'depend on req.tenant,', "ignore: ['req:tenant']"],
    ['locals:cart', 'depend on res.locals.cart,', "ignore: ['locals:cart']"],
    ['locals:*', 'depend on all of res.locals,', 'by name'],
    [ADDRESS_INPUT, "depend on the client's address or certificate,", 'hole'],
  ]
  it.each(texts)('%s says what, where, and what to do', (name, what, remedy) => {
    const { told, codes, warnings } = collecting()
    warnings.learned(request('/a'), name)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(what)
    expect(told[0]).toContain(remedy)
    expect(told[0]).toMatch(/, read at \S+development-warnings\.test\.ts:\d+\. /)
    expect([...codes]).toEqual(['SITECACHE_INPUT'])
  })

  it('comes once for each route and name', () => {
    const { told, warnings } = collecting()
    for (const url of ['/a/1', '/a/2', '/b']) {
      warnings.learned(request(url), 'session')
      warnings.learned(request(url), 'visitor')
    }
    expect(told.map((text) => text.replace(/: .*/, ''))).toEqual([
      'GET /a/:id',
      'GET /a/:id',
      'GET /b',
      'GET /b',
    ])
  })

  it('names the route by its pattern, where it has one, and no value of the request', async () => {
    const { told, warnings } = collecting()
    const app = express()
    const router = express.Router()
    router.get('/articles/:id', (req, res) => {
      warnings.learned(req, 'session')
      res.end()
    })
    app.use('/blog', router)
    app.use((req, res) => {
      warnings.learned(req, 'cookie:theme')
      res.end()
    })
    const url = await serve(app as RequestListener)
    await ask(`${url}/blog/articles/secret?token=secret`, { Cookie: 'theme=secret' })
    await ask(`${url}/reset/0f1e2d3c/more?token=secret`, { Cookie: 'theme=secret' })
    expect(told.map((text) => text.replace(/: pages.*/, ''))).toEqual([
      'GET /blog/articles/:id',
      'GET /reset/:id/…',
    ])
    expect(told.join()).not.toMatch(/secret|0f1e/)
  })

  it('shows the code of the application, or the package that has read by itself', async () => {
    const { told, warnings } = collecting()
    const app = express()
    app.use((req, _res, next) => {
      tellOfCookies(req, warnings)
      next()
    })
    app.use('/own', (req, res) => res.json(req.get('cookie')))
    app.use('/parsed', cookieParser(), (_req, res) => void res.end())
    const url = await serve(app as RequestListener)
    await ask(`${url}/own`)
    await ask(`${url}/parsed`)
    const places = told.map((text) => /read at (\S+?):\d/.exec(text)?.[1])
    expect(places).toEqual([
      expect.stringMatching(/development-warnings\.test\.ts$/),
      expect.stringMatching(/node_modules.cookie-parser.index\.js$/),
    ])
  })

  it('comes for ten paths that no route takes', () => {
    const { told, warnings } = collecting()
    for (let i = 0; i < 20; i += 1) warnings.learned(request(`/${'x'.repeat(i + 1)}`), 'session')
    warnings.learned(request('/a'), 'visitor')
    expect(told).toHaveLength(11)
  })

  it('stops after a thousand', () => {
    const { told, warnings } = collecting()
    for (let i = 0; i < 1100; i += 1) warnings.learned(request('/a'), `req:name${i}`)
    expect(told).toHaveLength(1000)
  })
})

describe('a process is in development', () => {
  const environments: [Record<string, string>, boolean][] = [
    [{}, true],
    [{ NODE_ENV: 'development' }, true],
    [{ NODE_ENV: 'production' }, false],
    [{ NODE_ENV: 'test' }, false],
    [{ NODE_ENV: 'production', SITECACHE_DEBUG: '1' }, true],
    [{ NODE_ENV: 'test', SITECACHE_DEBUG: '0' }, false],
  ]
  it.each(environments)('%j: %j', (environment, expected) => {
    expect(isDevelopment(environment)).toBe(expected)
  })
})
