import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createCaches, invalidatePage } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import { type Answer, ask, askInVain } from '../support/ask.js'
import { runProgram } from '../support/child.js'
import { type RedisServer, startRedis, until } from '../support/servers/redis.js'
import { rendersOf, SiteProcess, startSites } from '../support/site-process.js'

jest.setTimeout(40_000)

/** A machine that is busy starting processes answers late. */
const PATIENT = '/?timeout_ms=5000'

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

const bodies = (answers: readonly Answer[]) =>
  new Set(answers.map(({ status, body }) => (status === 200 ? body : `${status}`)))

/** As many different URLs as there are tests. */
let pages = 0
const newPage = () => `/page${++pages}`

let server: RedisServer
let sites: SiteProcess[]
beforeAll(async () => {
  server = await startRedis()
  sites = await startSites(4, server.url + PATIENT, { lock: true })
})
afterAll(async () => {
  await Promise.all(sites.map((site) => site.end()))
  await server.stop()
})
afterEach(() => Promise.all(sites.map((site) => site.behave({ ms: 0, as: 'page', headers: {} }))))

/** Has one process begin to render a page, and answers what comes of it there. */
async function lead(site: SiteProcess, path: string): Promise<{ readonly answer: Promise<Answer> }> {
  const before = site.renders
  const answer = ask(site.url(path))
  answer.catch(() => undefined)
  await until(() => site.renders > before)
  return { answer }
}

/** Asks other processes than the first for a page, so many times each. */
const askOthers = (path: string, count: number): Promise<Answer>[] =>
  sites.slice(1).flatMap((site) => times(count, () => ask(site.url(path))))

const behaveAll = (behaviour: Parameters<SiteProcess['behave']>[0]) =>
  Promise.all(sites.map((site) => site.behave(behaviour)))

describe('four processes on one Redis', () => {
  it('render a cold page once, for 1000 who ask for it', async () => {
    await behaveAll({ ms: 500 })
    const [path, before] = [newPage(), rendersOf(sites)]
    const answers = await Promise.all(times(1000, (i) => ask(sites[i % 4]?.url(path) ?? '')))
    expect(rendersOf(sites) - before).toBe(1)
    expect(bodies(answers).size).toBe(1)
    const collapsed = answers.filter(({ cacheStatus }) =>
      /fwd=uri-miss; collapsed; ttl=\d+$/.test(cacheStatus),
    )
    const hits = answers.filter(({ cacheStatus }) => /; hit; ttl=\d+$/.test(cacheStatus))
    expect(collapsed.length + hits.length).toBe(999)
    expect(collapsed.length).toBeGreaterThan(100)
  })

  it('render each variant once, whether it is known what the page varies by or not', async () => {
    await behaveAll({ ms: 200, headers: { Vary: 'X-Kind' } })
    const [path, before] = [newPage(), rendersOf(sites)]
    for (const kinds of [3, 6]) {
      const answers = await Promise.all(
        times(120, (i) => ask(sites[i % 4]?.url(path) ?? '', { 'X-Kind': `kind${i % kinds}` })),
      )
      expect(bodies(answers).size).toBe(kinds)
      for (const [i, { body }] of answers.entries()) expect(body).toMatch(`kind${i % kinds}`)
    }
    expect(rendersOf(sites) - before).toBe(6)
  })

  it('have one refresh a stale page, and none of them wait for it', async () => {
    const stale = await startSites(3, server.url + PATIENT, {
      lock: true,
      timeout: 1,
      staleWhileRevalidate: 60,
    })
    const path = newPage()
    const page = await ask(stale[0]?.url(path) ?? '')
    await Promise.all(
      stale.map((site) => site.behave({ ms: 2500, headers: { 'Cache-Control': 'max-age=60' } })),
    )
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const before = rendersOf(stale)
    const began = performance.now()
    const answers = await Promise.all(times(90, (i) => ask(stale[i % 3]?.url(path) ?? '')))
    expect(performance.now() - began).toBeLessThan(2200)
    expect(bodies(answers)).toEqual(new Set([page.body]))
    await until(async () => {
      const all = await Promise.all(stale.map((site) => ask(site.url(path))))
      return all.every(({ body }) => body !== page.body)
    })
    expect(rendersOf(stale) - before).toBe(1)
    expect(await Promise.all(stale.map((site) => site.end()))).toEqual([0, 0, 0])
  })

  it('begin anew when the page is purged while they wait', async () => {
    const cache = createCaches({ default: { store: redisStore(server.url, { timeoutMs: 5000 }) } }).get(
      'default',
    )
    await behaveAll({ ms: 300 })
    const [[first], path, before] = [sites, newPage(), rendersOf(sites)]
    await first?.behave({ ms: 2500 })
    const { answer } = await lead(first as SiteProcess, path)
    const asked = askOthers(path, 20)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await invalidatePage(`http://site.example${path}`, { cache })
    const answers = await Promise.all(asked)
    const old = (await answer).body
    expect(bodies(answers).size).toBe(1)
    expect(answers[0]?.body).not.toBe(old)
    expect(rendersOf(sites) - before).toBe(2)
    expect(await ask(first?.url(path) ?? '')).toMatchObject({ body: answers[0]?.body })
    await cache.close()
  })
})

/** Counts a truth up, purges the pages that show it, and asks for one of them: again and again. */
const PURGING = `
  import { once } from 'node:events'
  import { get } from 'node:http'
  import { text } from 'node:stream/consumers'
  import { createCaches, invalidatePage, siteCache } from '@sitecache/express'
  import { redisStore } from '@sitecache/redis'
  import express from 'express'
  const caches = createCaches({ default: { store: redisStore(process.env.CACHE_URL, { timeoutMs: 5000 }) } })
  const cache = caches.get('default')
  const count = async (name) => (await cache.add(name, 1, null)) ? 1 : cache.incr(name)
  let renders = 0
  const app = express().use(siteCache({ caches, lock: true }))
  app.get('/:name', async (req, res) => {
    renders++
    const truth = await cache.get('truth ' + req.params.name)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    res.send(String(truth))
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ask = async (path) => {
    const request = get({ port: server.address().port, path, headers: { host: 'site.example' } })
    const [response] = await once(request, 'response')
    return Number(await text(response))
  }
  let [old, asked] = [0, 0]
  for (let i = 0; i < 60; i++) {
    const name = 'n' + (i % 3)
    const truth = await count('truth ' + name)
    await invalidatePage('http://site.example/' + name, { cache })
    for (const seen of await Promise.all(Array.from({ length: 5 }, () => ask('/' + name)))) {
      asked++
      if (!(seen >= truth)) old++
    }
  }
  console.log(JSON.stringify({ old, asked, renders }))
  server.close()
  await caches.close()`

describe('purges by several processes', () => {
  it('leave nobody with a page from before, whoever rendered it', async () => {
    const runs = await Promise.all(times(3, () => runProgram(PURGING, { CACHE_URL: server.url }, 35_000)))
    const reports = runs.map(({ stdout }) => JSON.parse(stdout))
    expect(reports.map(({ old, asked }) => [old, asked])).toEqual(times(3, () => [0, 300]))
    for (const { renders } of reports) expect(renders).toBeLessThan(300)
  })
})

describe('a render of another process that comes to nothing', () => {
  it.each(['error', 'abort'] as const)(
    'by an %s is tried once more, by one of those who wait',
    async (how) => {
      await behaveAll({ ms: 400 })
      const [[first], path, before] = [sites, newPage(), rendersOf(sites)]
      if (first === undefined) throw new Error('there are four')
      if (how === 'error') await first.behave({ as: 'error' })
      const leader = how === 'abort' ? askInVain(first.url(path)) : ask(first.url(path))
      await until(() => rendersOf(sites) > before)
      const asked = askOthers(path, 10)
      await new Promise((resolve) => setTimeout(resolve, 150))
      if ('destroy' in leader) leader.destroy()
      else expect(await leader).toMatchObject({ status: 500 })
      const answers = await Promise.all(asked)
      expect(bodies(answers).size).toBe(1)
      expect(answers[0]?.status).toBe(200)
      expect(rendersOf(sites) - before).toBe(2)
    },
  )

  it('each time is for each to see, not one after the other', async () => {
    await behaveAll({ ms: 400, as: 'error' })
    const [path, before] = [newPage(), rendersOf(sites)]
    const began = performance.now()
    const answers = await Promise.all(times(40, (i) => ask(sites[i % 4]?.url(path) ?? '')))
    expect(bodies(answers)).toEqual(new Set(['500']))
    // Two in turn; then those of each process wait for one another twice, as ever. All in turn would be 16 seconds.
    expect(performance.now() - began).toBeLessThan(8000)
    expect(rendersOf(sites) - before).toBeGreaterThan(3)
  })

  it('for it hangs lets the others go after lockTimeout, and holds up nobody who comes later', async () => {
    const hasty = await startSites(2, server.url + PATIENT, { lock: true, lockTimeout: 1 })
    const [one, other] = hasty as [SiteProcess, SiteProcess]
    await one.behave({ as: 'hang' })
    await other.behave({ headers: { 'Cache-Control': 'private' } })
    const path = newPage()
    await lead(one, path)
    const began = performance.now()
    await ask(other.url(path))
    expect(performance.now() - began).toBeGreaterThan(300)
    expect(performance.now() - began).toBeLessThan(3000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await other.behave({ headers: { 'Cache-Control': 'max-age=60' } })
    const later = performance.now()
    expect((await ask(other.url(path))).status).toBe(200)
    expect(performance.now() - later).toBeLessThan(500)
    one.signal('SIGKILL')
    await Promise.all([one.end(), other.end()])
  })

  it('for its process was killed is begun by one of those who wait, when its lease is over', async () => {
    await behaveAll({ ms: 200 })
    const [path, before] = [newPage(), rendersOf(sites)]
    const doomed = await new SiteProcess(server.url + PATIENT, { lock: true }).ready()
    await doomed.behave({ ms: 60_000 })
    await lead(doomed, path)
    doomed.signal('SIGKILL')
    await doomed.end()
    const began = performance.now()
    const answers = await Promise.all(times(80, (i) => ask(sites[i % 4]?.url(path) ?? '')))
    expect(performance.now() - began).toBeLessThan(6000)
    expect(bodies(answers).size).toBe(1)
    expect(rendersOf(sites) - before).toBe(1)
  })
})

describe('a process that stood still beyond its lease', () => {
  it('does not put its page in the place of the newer one', async () => {
    const [path, before] = [newPage(), rendersOf(sites)]
    const stopped = await new SiteProcess(server.url + PATIENT, { lock: true }).ready()
    await stopped.behave({ ms: 500 })
    const { answer } = await lead(stopped, path)
    stopped.signal('SIGSTOP')
    const [newer] = await Promise.all(askOthers(path, 5))
    expect(rendersOf(sites) - before).toBe(1)
    stopped.signal('SIGCONT')
    const late = await answer
    expect(late).toMatchObject({ status: 200 })
    expect(late.body).not.toBe(newer?.body)
    // All that it had to write is written when it has ended.
    expect(await stopped.end()).toBe(0)
    const after = await Promise.all(sites.map((site) => ask(site.url(path))))
    expect(bodies(after)).toEqual(new Set([newer?.body]))
    for (const { cacheStatus } of after) expect(cacheStatus).toMatch(/; hit/)
  })

  it('keeps it where there is none', async () => {
    const path = newPage()
    const slow = await new SiteProcess(server.url + PATIENT, { lock: true, lockTimeout: 0.3 }).ready()
    await slow.behave({ ms: 1000 })
    const { body } = await ask(slow.url(path))
    expect(await slow.end()).toBe(0)
    expect(await ask(sites[0]?.url(path) ?? '')).toMatchObject({ body })
  })
})

describe('a page that is nobody else’s', () => {
  it('lets the others go at once, and they don’t queue for a while', async () => {
    await behaveAll({ ms: 800, as: 'private' })
    const [path, before] = [newPage(), rendersOf(sites)]
    const began = performance.now()
    const answers = await Promise.all(times(40, (i) => ask(sites[i % 4]?.url(path) ?? '')))
    expect(bodies(answers).size).toBe(40)
    expect(rendersOf(sites) - before).toBe(40)
    // One, and then all the others side by side; in turn it would be 32 seconds.
    expect(performance.now() - began).toBeLessThan(6000)
    const newcomers = await startSites(2, server.url + PATIENT, { lock: true })
    await Promise.all(newcomers.map((site) => site.behave({ ms: 2000, as: 'private' })))
    const later = performance.now()
    const more = await Promise.all(times(20, (i) => ask(newcomers[i % 2]?.url(path) ?? '')))
    expect(bodies(more).size).toBe(20)
    expect(performance.now() - later).toBeLessThan(3800)
    await Promise.all(newcomers.map((site) => site.end()))
  })
})

describe('a Redis that fails', () => {
  it.each<[string, (redis: RedisServer) => unknown]>([
    ['is killed', (redis) => redis.kill()],
    ['answers nothing any more', (redis) => redis.pause()],
  ])('and %s while processes wait holds up nobody', async (_, breaks) => {
    const redis = await startRedis()
    const [one, other] = (await startSites(2, redis.url, { lock: true, lockTimeout: 20 })) as [
      SiteProcess,
      SiteProcess,
    ]
    try {
      await one.behave({ ms: 6000 })
      const { answer } = await lead(one, '/page')
      const asked = times(20, () => ask(other.url('/page')))
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(other.renders).toBe(0)
      await breaks(redis)
      const began = performance.now()
      expect(bodies(await Promise.all(asked)).has('200')).toBe(false)
      expect(performance.now() - began).toBeLessThan(4000)
      expect(await answer).toMatchObject({ status: 200 })
      await other.behave({})
      expect(other.errors).toBeGreaterThan(0)
    } finally {
      one.signal('SIGKILL')
      other.signal('SIGKILL')
      await Promise.all([one.end(), other.end()])
      redis.resume()
      await redis.stop()
    }
  })
})
