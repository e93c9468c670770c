import { describe, expect, it, jest } from '@jest/globals'
import express from 'express'
import type { AuditEntry } from '../src/index.js'
import { servedBoard } from './served-board.js'
import { ask, type BoardOptions, openSession, resultsIn, stateOf } from './support.js'

const json = JSON.stringify

describe('an action', () => {
  async function audited(options: BoardOptions = {}) {
    const records: AuditEntry[] = []
    const made = await servedBoard({ ...options, audit: (entry) => void records.push(entry) })
    return { ...made, records, session: await openSession(made.url) }
  }
  const purge = json({ by: 'url', target: '/page/1' })

  it('purges a page by its URL, a tag and a route, and is recorded', async () => {
    const { url, session, records } = await audited()
    const status = async () => String((await ask(`${url}/page/1`)).headers['cache-status'])
    await status()
    expect(await status()).toMatch(/hit/)
    const answer = await ask(`${url}/cache/api/purge`, session, 'POST', purge)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { said: 'Its pages are purged.' }])
    expect(await status()).toMatch(/uri-miss/)
    const route = json({ by: 'route', target: '/page/:id' })
    await ask(`${url}/cache/api/purge`, session, 'POST', route)
    expect(await status()).not.toMatch(/hit/)
    const tag = json({ by: 'tag', target: 'article', soft: true })
    expect((await ask(`${url}/cache/api/purge`, session, 'POST', tag)).body).toContain('Marked as stale.')
    expect(
      records.map(({ action, by, target, soft, outcome }) => [action, by, target, soft, outcome]),
    ).toEqual([
      ['purge', 'url', '/page/1', false, 'done'],
      ['purge', 'route', '/page/:id', false, 'done'],
      ['purge', 'tag', 'article', true, 'done'],
    ])
    expect(records[0]?.req.headers['x-operator']).toBe('yes')
  })

  it('tells when a tag was invalidated last', async () => {
    const { url, session, cache } = await audited()
    const look = async () =>
      JSON.parse(
        (await ask(`${url}/cache/api/tag`, session, 'POST', json({ tag: 'a', cache: 'default' }))).body,
      )
    expect(await look()).toEqual({})
    await cache.invalidateTags('a', { soft: true })
    expect((await look()).last).toMatchObject({ mode: 'soft', at: expect.any(Number) })
    await cache.invalidateTags('a', 'b')
    expect((await look()).last.mode).toBe('hard')
  })

  it('refreshes a page, and is in no figure', async () => {
    const { url, session } = await audited()
    await ask(`${url}/page/1`)
    const before = resultsIn(await stateOf(url))
    const answer = await ask(`${url}/cache/api/refresh`, session, 'POST', json({ target: '/page/1' }))
    expect(JSON.parse(answer.body)).toEqual({ said: 'Rendered anew, and stored.' })
    expect(resultsIn(await stateOf(url))).toEqual(before)
    expect(String((await ask(`${url}/page/1`)).headers['cache-status'])).toMatch(/hit/)
  })

  it('checks a store', async () => {
    const { url, session } = await audited({ readOnly: true })
    const answer = await ask(`${url}/cache/api/check`, session, 'POST', json({ cache: 'default' }))
    expect(JSON.parse(answer.body)).toEqual({ said: 'The store answers.' })
  })

  it.each([
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a subdomain', { 'sec-fetch-site': 'same-site' }],
    ['from a bookmark', { 'sec-fetch-site': 'none' }],
    ['from another origin, in an old browser', { 'sec-fetch-site': '', origin: 'http://evil.example' }],
    ['from a sandbox', { 'sec-fetch-site': '', origin: 'null' }],
    ['without the token', { 'sitecache-token': '' }],
    ['with the token of another session', { 'sitecache-token': 'A'.repeat(43) }],
    ['with a token that no browser has got', { 'sitecache-token': 'é'.repeat(43) }],
    ['without the cookie', { cookie: '' }],
  ])('is refused %s', async (_, other) => {
    const { url, session, records, cache } = await audited()
    const headers = Object.fromEntries(
      Object.entries({ ...session, ...other }).filter(([, value]) => value !== ''),
    )
    await cache.set('kept', 1)
    await ask(`${url}/page/1`)
    const answer = await ask(`${url}/cache/api/purge`, headers, 'POST', purge)
    expect(answer.status).toBe(403)
    expect(records.map(({ outcome }) => outcome)).toEqual(['refused'])
    expect(String((await ask(`${url}/page/1`)).headers['cache-status'])).toMatch(/hit/)
    expect(
      (await ask(`${url}/cache/api/tag`, headers, 'POST', json({ tag: 'a', cache: 'default' }))).status,
    ).toBe(403)
  })

  it('is taken from the origin itself where the browser does not tell the site', async () => {
    const { url, session } = await audited()
    const { 'sec-fetch-site': _, ...rest } = session
    const headers = { ...rest, origin: url }
    expect((await ask(`${url}/cache/api/purge`, headers, 'POST', purge)).status).toBe(200)
  })

  it('is refused where the dashboard is read-only', async () => {
    const { url, session, records } = await audited({ readOnly: true })
    for (const path of ['purge', 'refresh'])
      expect((await ask(`${url}/cache/api/${path}`, session, 'POST', purge)).status).toBe(403)
    expect(records.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
  })

  it.each([
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    [json({ by: 'everything', target: '/' }), 400],
    [json({ by: 'url', target: '' }), 400],
    [json({ by: 'url', target: 7 }), 400],
    [json({ by: 'url', target: 'no url' }), 400],
    [json({ by: 'tag', target: 'a', soft: 'yes' }), 400],
    [json({ by: 'tag', target: 'a', cache: 'other' }), 404],
    [json({ by: 'tag', target: 'a', cache: '__proto__' }), 404],
    [json({ by: 'tag', target: 'x'.repeat(70_000) }), 413],
  ])('that is none is answered with its fault: %.40s', async (body, status) => {
    const { url, session } = await audited()
    const answer = await ask(`${url}/cache/api/purge`, session, 'POST', body)
    expect([answer.status, typeof JSON.parse(answer.body).error]).toEqual([status, 'string'])
  })

  it('is not a form', async () => {
    const { url, session } = await audited()
    const headers = { ...session, 'content-type': 'text/plain' }
    expect((await ask(`${url}/cache/api/purge`, headers, 'POST', purge)).status).toBe(415)
  })

  it('is read from what a body parser has left, too', async () => {
    const { url, session } = await audited({ before: (app) => app.use(express.json()) })
    await ask(`${url}/page/1`)
    expect((await ask(`${url}/cache/api/purge`, session, 'POST', purge)).status).toBe(200)
  })

  it('is done though the record of it fails, which makes a warning', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { url } = await servedBoard({
      audit: () => {
        throw new Error('no room')
      },
    })
    const session = await openSession(url)
    expect((await ask(`${url}/cache/api/purge`, session, 'POST', purge)).status).toBe(200)
    expect(warnings.mock.calls).toEqual([
      ['dashboard.audit failed: no room', expect.objectContaining({ code: 'SITECACHE_AUDIT' })],
    ])
    warnings.mockRestore()
  })
})

describe('a sample of what is not cached', () => {
  it('has the URL of a request, and of its headers no more than a list allows', async () => {
    const { url } = await servedBoard()
    const session = await openSession(url)
    const asked = {
      cookie: 'sid=secret',
      authorization: 'Bearer secret',
      'accept-language': 'fr',
      'x-other': 'secret',
    }
    await ask(`${url}/private?page=2`, asked)
    const fields = json({ cache: 'default', route: '/private', reason: 'private' })
    const { body } = await ask(`${url}/cache/api/sample`, session, 'POST', fields)
    const { sample } = JSON.parse(body)
    expect(sample).toMatchObject({ method: 'GET', url: '/private?page=2', status: 200 })
    expect(sample.headers).toEqual({ 'accept-language': 'fr', host: new URL(url).host })
    expect(sample.masked).toEqual(['cookie', 'authorization', 'x-other', 'connection'])
    expect(body).not.toContain('secret')
    const other = json({ cache: 'default', route: '/other', reason: 'private' })
    expect((await ask(`${url}/cache/api/sample`, session, 'POST', other)).body).toBe('{}')
  })
})

describe('a look-up of a page', () => {
  const asks = async (fields: object) => {
    const { url } = await servedBoard()
    const session = await openSession(url)
    await ask(`${url}/page/1`)
    const before = resultsIn(await stateOf(url))
    const answer = await ask(
      `${url}/cache/api/explain`,
      session,
      'POST',
      json({ cache: 'default', ...fields }),
    )
    expect(resultsIn(await stateOf(url))).toEqual(before)
    return answer
  }

  it('tells what would become of it, and is in no figure', async () => {
    const hit = await asks({ target: '/page/1' })
    expect(JSON.parse(hit.body).layers[0].wouldDo.action).toBe('serve')
    const miss = await asks({ target: '/page/2', headers: { 'Accept-Language': 'fr' } })
    expect(JSON.parse(miss.body).layers[0].wouldDo).toMatchObject({ action: 'miss', forward: 'uri-miss' })
  })

  it.each([
    [{ target: '' }],
    [{ target: '/', headers: [] }],
    [{ target: '/', headers: { a: 1 } }],
    [{ target: '/', headers: { 'a\nb': 'x' } }],
    [{ target: '/', headers: { a: 'x\r\ny: z' } }],
    [{ target: '/', method: 'DELETE' }],
    [{ target: 'javascript:alert(1)' }],
    [{ target: 'http://[' }],
  ])('that is none is answered with its fault: %j', async (fields) => {
    const { status, body } = await asks(fields)
    expect([status, typeof JSON.parse(body).error]).toEqual([400, 'string'])
  })
})
