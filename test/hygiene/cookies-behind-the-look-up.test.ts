import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache, withSiteCache } from '@sitecache/express'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'
import { freshCache } from '../support/cache.js'
import { bodyOf, getRaw } from '../support/raw.js'
import { serve } from '../support/serve.js'

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
