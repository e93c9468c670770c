import { describe, expect, it } from '@jest/globals'
import { type PageOptions, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express from 'express'

/** A site with a form that redirects to a list. */
function site(options: PageOptions): (method: 'get' | 'post', path: string) => Promise<string> {
  let renders = 0
  const app = express().use(siteCache({ cache: freshCache(), ...options }))
  app.get(['/list', '/form'], (_req, res) => void res.send(`render ${++renders}`))
  app.post('/form', (_req, res) => res.redirect(303, '/list'))
  return async (method, path) => (await request(app)[method](path)).text
}

describe('a POST that redirects', () => {
  it('has the page that it leads to made anew, and its own', async () => {
    const ask = site({})
    expect([await ask('get', '/list'), await ask('get', '/form')]).toEqual(['render 1', 'render 2'])
    await ask('post', '/form')
    expect([await ask('get', '/list'), await ask('get', '/form')]).toEqual(['render 3', 'render 4'])
  })

  it("leaves the page that it leads to as it is, under invalidateOnUnsafe: 'url'", async () => {
    const ask = site({ invalidateOnUnsafe: 'url' })
    expect([await ask('get', '/list'), await ask('get', '/form')]).toEqual(['render 1', 'render 2'])
    await ask('post', '/form')
    expect([await ask('get', '/list'), await ask('get', '/form')]).toEqual(['render 1', 'render 3'])
  })

  it('refuses another word, and says what is allowed', () => {
    expect(() => siteCache({ invalidateOnUnsafe: 'all' as 'url' })).toThrow(
      /invalidateOnUnsafe.*true, false or 'url'/,
    )
  })
})
