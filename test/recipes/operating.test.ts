import { describe, expect, it } from '@jest/globals'
import { Browser, isHit, isStored, runDocuments } from '@sitecache/test-support/documents'

describe('docs/recipes/deploys.md', () => {
  const urlOf = runDocuments(['docs/recipes/deploys.md'])

  it('answers its first visitor from the cache', async () => {
    const shop = { Host: 'shop.example', 'X-Forwarded-Proto': 'https' }
    const { body, cache } = await new Browser(urlOf('deploys'), shop).get('/')
    expect(cache).toMatch(isHit)
    expect(body).toBe('<script src="/assets/app.dev.js"></script>')
  })
})

describe('docs/guide/deploy.md', () => {
  const urlOf = runDocuments(['docs/guide/deploy.md'])

  it('serves pages of its own hosts from the cache, and those of others without it', async () => {
    const shop = new Browser(urlOf('deploy'), { Host: 'shop.example' })
    expect((await shop.get('/')).cache).toMatch(isStored)
    expect((await shop.get('/')).cache).toMatch(isHit)
    const other = await new Browser(urlOf('deploy'), { Host: 'other.example' }).get('/')
    expect([other.status, other.cache]).toEqual([200, 'sitecache; fwd=bypass; detail=host'])
  })
})

describe('docs/recipes/tests.md', () => {
  const urlOf = runDocuments(['docs/recipes/tests.md'])

  it('keeps nothing in a test', async () => {
    const browser = new Browser(urlOf('tests'))
    const first = await browser.get('/')
    const second = await browser.get('/')
    expect(second.cache).not.toMatch(isHit)
    expect(second.body).not.toBe(first.body)
    expect((await browser.post('/publish')).status).toBe(204)
  })
})

describe('docs/recipes/nestjs.md', () => {
  const urlOf = runDocuments(['docs/recipes/nestjs.md'])

  it('keeps what a controller answers, until its tag is purged', async () => {
    const browser = new Browser(urlOf('nestjs'))
    const first = await browser.get('/articles/1')
    const again = await browser.get('/articles/1')
    expect([first.cache, again.cache]).toEqual([
      expect.stringMatching(isStored),
      expect.stringMatching(isHit),
    ])
    expect(again.body).toBe(first.body)
    expect((await browser.get('/articles/2')).cache).toMatch(isStored)
    await browser.put('/articles/1')
    expect((await browser.get('/articles/1')).cache).toMatch(isStored)
    expect((await browser.get('/articles/2')).cache).toMatch(isHit)
  })
})
