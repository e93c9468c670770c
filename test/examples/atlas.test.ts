import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { fragmentKey } from '@sitecache/templates'
import request from '@sitecache/test-support/request'
import type { Express } from 'express'
import { createApp } from '../../examples/atlas/src/app.js'

describe('the demo', () => {
  const caches = createCaches({ default: 'memory:' })
  let app: Express
  beforeAll(async () => {
    app = await createApp({ caches })
  }, 60_000)

  it.each(['/', '/countries/BRA', '/places/100000', '/search?q=springfield', '/stats'])(
    'answers %s from the cache the second time, the same to the byte',
    async (path) => {
      const first = await request(app).get(path)
      const second = await request(app).get(path)
      expect(first.status).toBe(200)
      expect(first.headers['cache-status']).toMatch(/sitecache; fwd=uri-miss; stored$/)
      expect(second.headers['cache-status']).toMatch(/^sitecache; hit; ttl=\d+$/)
      expect(second.text).toBe(first.text)
    },
  )

  it('keeps languages apart, and spellings of one language together', async () => {
    const ask = (language: string) => request(app).get('/countries/JPN').set('Accept-Language', language)
    const german = await ask('de-CH, de;q=0.9')
    const japanese = await ask('ja')
    const again = await ask('de')
    expect(german.headers['content-language']).toBe('de')
    expect(japanese.text).not.toBe(german.text)
    expect(again.headers['cache-status']).toMatch(/hit/)
    expect(again.text).toBe(german.text)
  })

  it('never keeps a signed-in page for others', async () => {
    const signedIn = await request(app).post('/login').type('form').send({ name: 'Ada' })
    const cookie = String(signedIn.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    const own = await request(app).get('/account').set('Cookie', cookie)
    expect(own.text).toContain('Ada')
    expect(own.headers['cache-control']).toContain('private')
    expect((await request(app).get('/account')).text).not.toContain('Ada')
    await request(app).get('/countries/FRA').set('Cookie', cookie)
    expect((await request(app).get('/countries/FRA')).text).not.toContain('Ada')
    const again = await request(app).get('/account').set('Cookie', cookie)
    expect(again.headers['cache-status']).not.toMatch(/hit/)
  })

  it('shares what lies around a place among signed-in visitors, and nothing of theirs', async () => {
    const key = fragmentKey('nearest', [100_000, 'en', ''])
    const account = async (name: string) => {
      const signedIn = await request(app).post('/login').type('form').send({ name, keep: '100000' })
      const cookie = String(signedIn.headers['set-cookie']?.[0]).split(';')[0] ?? ''
      return (await request(app).get('/account').set('Cookie', cookie).set('Accept-Language', 'en')).text
    }
    expect(await account('Ada')).toContain('Ada')
    const kept = String(await caches.get('default').get(key))
    expect(kept).toContain('<table>')
    expect(kept).not.toContain('Ada')
    await caches.get('default').set(key, '<p>from the cache</p>')
    const grace = await account('Grace')
    expect(grace).toContain('<p>from the cache</p>')
    expect(grace).toContain('Grace')
  })

  it('shows on the page of a place who is signed in and what they keep, from one page for all', async () => {
    const path = '/places/90000?lang=en'
    const signIn = async (name: string, keep: string) => {
      const response = await request(app).post('/login').type('form').send({ name, keep })
      return String(response.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    }
    const [ada, bob] = [await signIn('<Ada>', '90000'), await signIn('Bob', '')]
    const first = await request(app).get(path).set('Cookie', ada)
    expect(first.headers['cache-status']).toMatch(/stored/)
    const see = async (cookie: string) => {
      const { text, headers } = await request(app).get(path).set('Cookie', cookie)
      expect(headers['cache-status']).toMatch(/^sitecache; hit; ttl=\d+$/)
      expect(headers['cache-control']).toBe('private, no-cache')
      return text
    }
    const pages = { ada: await see(ada), bob: await see(bob), nobody: await see('') }
    expect(pages.ada).toBe(first.text)
    expect(pages.ada).toContain('Signed in as <strong>&lt;Ada&gt;</strong>')
    expect(pages.ada).toContain('★ <a href="/account?lang=en">')
    expect(pages.bob).toContain('Signed in as <strong>Bob</strong>')
    expect(pages.nobody).not.toMatch(/Signed in|Ada|Bob/)
    for (const text of [pages.bob, pages.nobody])
      expect(text).toContain('action="/places/90000/favourite?lang=en"')
  })

  it("shares the table around the capital among the pages of a country's letters", async () => {
    const page = async (letter: string) =>
      (await request(app).get(`/countries/PRT?letter=${letter}&lang=en`)).text
    await page('A')
    await caches.get('default').set(fragmentKey('around', ['PRT', 'en', 'lang=en']), '<p>from the cache</p>')
    expect(await page('B')).toContain('<p>from the cache</p>')
  })
})
