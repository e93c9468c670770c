import { describe, expect, it, jest } from '@jest/globals'
import { addCacheTags, invalidatePage, invalidateRoute, invalidateTags } from '@sitecache/express'
import { passSeconds } from '@sitecache/test-support/clock'
import { ask, contentMethods } from './asking.js'
import { plain, searchSite } from './search-site.js'

describe.each(contentMethods)('%s', (method) => {
  it('is refreshed behind its visitor by a request with its content', async () => {
    let renders = 0
    const { url, cache, asked } = await searchSite(
      (req, res, content) => {
        renders += 1
        res.end(`${req.method} ${content} ${req.headers['content-type']} ${renders}`, 'latin1')
      },
      { timeout: 10, staleWhileRevalidate: 60 },
    )
    const content = 'some bytes \xff\x00'
    const lines = ['Content-Type: text/x-query', 'Transfer-Encoding: chunked']
    const chunked = `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`
    const bodies: string[] = []
    for (let i = 0; i < 3; i += 1) {
      bodies.push((await ask(url, method, '/search', chunked, lines)).body)
      await cache.idle()
      if (i === 0) passSeconds(11)
    }
    const page = `${method} ${content} text/x-query`
    expect(bodies).toEqual([`${page} 1`, `${page} 1`, `${page} 2`])
    expect(asked).toEqual([content, content])
  })

  it('is made anew early by a request with its content', async () => {
    const { url, cache, asked } = await searchSite(
      (_req, res) => {
        if (asked.length === 1) passSeconds(5)
        res.end(`render ${asked.length}`)
      },
      { timeout: 60, earlyRefresh: true },
    )
    await ask(url, method, '/search', 'a')
    passSeconds(50)
    jest.spyOn(Math, 'random').mockReturnValue(0.0001)
    await ask(url, method, '/search', 'a')
    await cache.idle()
    expect((await ask(url, method, '/search', 'a')).body).toBe('render 2')
    expect(asked).toEqual(['a', 'a'])
  })

  it('has its stale page stand in for an error', async () => {
    const { url, asked } = await searchSite(
      (_req, res) => {
        if (asked.length > 1) res.statusCode = 503
        res.end(`render ${asked.length}`)
      },
      { timeout: 10, staleIfError: 60 },
    )
    await ask(url, method, '/search', 'a')
    passSeconds(11)
    const { status, body, cache } = await ask(url, method, '/search', 'a')
    expect([status, body]).toEqual([200, 'render 1'])
    expect(cache).toMatch(/detail=stale-if-error/)
  })

  it('goes with its tags and its route', async () => {
    const { url, cache } = await searchSite((_req, res, content) => {
      addCacheTags(res, `about:${content}`)
      res.end('x')
    })
    const isHit = async (content: string) => /; hit/.test((await ask(url, method, '/search', content)).cache)
    for (const content of ['a', 'b']) await isHit(content)
    await invalidateTags('about:a', { cache })
    expect([await isHit('a'), await isHit('b')]).toEqual([false, true])
    await invalidateRoute('/search', { cache })
    expect([await isHit('a'), await isHit('b')]).toEqual([false, false])
  })

  it('goes with its URL, however many contents there are, and by one write', async () => {
    const { url, cache, asked } = await searchSite()
    const contents = Array.from({ length: 20 }, (_, i) => `content ${i}`)
    for (const content of contents) await ask(url, method, '/search', content)
    const writes = jest.spyOn(cache.entries, 'set')
    const deletes = jest.spyOn(cache.entries, 'delete')
    await invalidatePage('http://a.example/search', { cache })
    expect([writes.mock.calls.length, deletes.mock.calls.length <= 1]).toEqual([1, true])
    jest.restoreAllMocks()
    for (const content of contents)
      expect((await ask(url, method, '/search', content)).cache).toMatch(/stored/)
    expect(asked).toHaveLength(40)
  })

  it('is left as stale by a soft purge of its URL', async () => {
    const { url, cache, asked } = await searchSite(plain, { staleWhileRevalidate: 60 })
    await ask(url, method, '/search', 'a')
    await invalidatePage('http://a.example/search', { cache, soft: true })
    expect((await ask(url, method, '/search', 'a')).cache).toMatch(/hit.*stale-while-revalidate/)
    await cache.idle()
    expect(asked).toEqual(['a', 'a'])
  })

  it('is not kept where its URL was purged while it was rendered', async () => {
    const { url, cache } = await searchSite(async (_req, res, content) => {
      if (content === 'a') await invalidatePage('http://a.example/search', { cache })
      res.end('x')
    })
    for (let i = 0; i < 2; i += 1) expect((await ask(url, method, '/search', 'a')).cache).toMatch(/uri-miss/)
  })

  it('does not outlive the fence of a purge, though it never expires', async () => {
    const { url, cache } = await searchSite((_req, res) => res.end('x'), {
      timeout: null,
      staleIfError: null,
    })
    await ask(url, method, '/search', 'a')
    await invalidatePage('http://a.example/search', { cache })
    passSeconds(24 * 3600 + 1)
    expect((await ask(url, method, '/search', 'a')).cache).toMatch(/uri-miss/)
  })

  it('goes when an unsafe request for its URL has succeeded', async () => {
    const { url } = await searchSite()
    await ask(url, method, '/search', 'a')
    await ask(url, 'PUT', '/search', 'new')
    expect((await ask(url, method, '/search', 'a')).cache).toMatch(/uri-miss; stored/)
  })
})
