import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'

const byCookies: RequestHandler = (req, res) => void res.send(`account of ${req.cookies.name ?? 'nobody'}`)
const cached = () => ({ cache: freshCache() })

describe('a page made from req.cookies, which came to light behind the look-up', () => {
  it.each([
    ['siteCache', () => express().use(siteCache(cached()), cookieParser()).use(byCookies)],
    ['cachePage', () => express().use(cachePage('15m', cached()), cookieParser()).use(byCookies)],
    ['withSiteCache', () => withSiteCache(express().use(cookieParser()).use(byCookies), cached())],
  ] as const)('is nobody else’s: %s', async (_name, build) => {
    const url = await serve(build())
    for (const name of ['ada', 'bob', 'ada']) {
      const shown = bodyOf(await getRaw(url, '/', ['Host: a', `Cookie: name=${name}`])).toString()
      expect(shown).toBe(`account of ${name}`)
    }
  })
})

describe('a page that is not made from the cookies that a parser behind the look-up put there', () => {
  const parsers = [
    ['cookie-parser', () => cookieParser()],
    ['cookie-parser with a secret', () => cookieParser('secret')],
  ] as const
  const site = (parser: RequestHandler, handler: RequestHandler) =>
    serve(express().use(siteCache(cached()), parser).use(handler))
  const ask = async (url: string, cookie: string) => {
    const answer = await getRaw(url, '/', ['Host: a', `Cookie: ${cookie}`])
    return { page: bodyOf(answer).toString(), vary: headerOf(answer, 'vary') }
  }

  it.each(parsers)('is everybody’s: %s', async (_name, parser) => {
    let renders = 0
    const url = await site(parser(), (_req, res) => void res.send(`render ${++renders}`))
    for (const cookie of ['a=1', 'b=j:{"c":1}; d=s:e.f', 'a=2'])
      expect(await ask(url, cookie)).toEqual({ page: 'render 1', vary: undefined })
  })

  it.each(parsers)(
    'is its visitor’s when a middleware before the handler read them: %s',
    async (_name, parser) => {
      const chain = express.Router().use(parser(), (req, res, next) => {
        res.locals.name = req.cookies.name
        // Not the parser any more, which puts the same object there just once.
        const same = req.cookies
        req.cookies = same
        next()
      })
      const url = await site(chain, (_req, res) => void res.send(`hello ${res.locals.name}`))
      for (const name of ['ada', 'bob'])
        expect(await ask(url, `name=${name}`)).toEqual({ page: `hello ${name}`, vary: 'Cookie' })
    },
  )

  it('is its visitor’s when a middleware read that there are none', async () => {
    const chain = express.Router().use(cookieParser(), (req, res, next) => {
      res.locals.name = req.cookies.name ?? 'nobody'
      req.cookies = Object.assign(req.cookies, { visited: true })
      next()
    })
    const url = await site(chain, (_req, res) => void res.send(`hello ${res.locals.name}`))
    expect(bodyOf(await getRaw(url, '/', ['Host: a'])).toString()).toBe('hello nobody')
    expect(await ask(url, 'name=ada')).toEqual({ page: 'hello ada', vary: 'Cookie' })
  })

  it('is its visitor’s when it shows a signed cookie', async () => {
    const url = await site(cookieParser('secret'), (req, res) => void res.send(`${req.signedCookies.name}`))
    expect(await ask(url, 'name=ada')).toEqual({ page: 'undefined', vary: 'Cookie' })
  })
})
