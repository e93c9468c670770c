import { describe, expect, it, jest } from '@jest/globals'
import { createCaches, invalidatePage } from '@sitecache/express'
import { ask } from '@sitecache/test-support/ask'
import { runMember } from '@sitecache/test-support/child'
import { until } from '@sitecache/test-support/servers/redis'
import { rendersOf, startSites } from '@sitecache/test-support/site-process'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { bodies, FourSites, lead, times } from './four-sites.js'

jest.setTimeout(40_000)

const four = new FourSites()

describe('four processes on one Redis', () => {
  it('render a cold page once, for 1000 who ask for it', async () => {
    await four.behave({ ms: 500 })
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    const answers = await four.ask(path, 1000)
    expect(rendersOf(four.sites) - before).toBe(1)
    expect(bodies(answers).size).toBe(1)
    const collapsed = answers.filter(({ cacheStatus }) =>
      /fwd=uri-miss; collapsed; ttl=\d+$/.test(cacheStatus),
    )
    const hits = answers.filter(({ cacheStatus }) => /; hit; ttl=\d+$/.test(cacheStatus))
    expect(collapsed.length + hits.length).toBe(999)
    expect(collapsed.length).toBeGreaterThan(100)
  })

  it('render each variant once, whether it is known what the page varies by or not', async () => {
    await four.behave({ ms: 200, headers: { Vary: 'X-Kind' } })
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    for (const kinds of [3, 6]) {
      const answers = await four.ask(path, 120, (i) => ({ 'X-Kind': `kind${i % kinds}` }))
      expect(bodies(answers).size).toBe(kinds)
      for (const [i, { body }] of answers.entries()) expect(body).toMatch(`kind${i % kinds}`)
    }
    expect(rendersOf(four.sites) - before).toBe(6)
  })

  it('have one refresh a stale page, and none of them wait for it', async () => {
    const stale = await startSites(3, four.url, {
      lock: true,
      timeout: 1,
      staleWhileRevalidate: 60,
    })
    const path = four.newPage()
    const page = await ask(stale[0]?.url(path) ?? '')
    await Promise.all(
      stale.map((site) => site.behave({ ms: 2500, headers: { 'Cache-Control': 'max-age=60' } })),
    )
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const before = rendersOf(stale)
    const elapsed = stopwatch()
    const answers = await Promise.all(times(90, (i) => ask(stale[i % 3]?.url(path) ?? '')))
    expect(elapsed()).toBeLessThan(2200)
    expect(bodies(answers)).toEqual(new Set([page.body]))
    await until(async () => {
      const all = await Promise.all(stale.map((site) => ask(site.url(path))))
      return all.every(({ body }) => body !== page.body)
    })
    expect(rendersOf(stale) - before).toBe(1)
    expect(await Promise.all(stale.map((site) => site.end()))).toEqual([0, 0, 0])
  })

  it('begin anew when the page is purged while they wait', async () => {
    const cache = createCaches({ default: four.url }).get('default')
    await four.behave({ ms: 300 })
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    const { first } = four
    await first.behave({ ms: 2500 })
    const { answer } = await lead(first, path)
    const asked = four.askOthers(path, 20)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await invalidatePage(`http://site.example${path}`, { cache })
    const answers = await Promise.all(asked)
    const old = (await answer).body
    expect(bodies(answers).size).toBe(1)
    expect(answers[0]?.body).not.toBe(old)
    expect(rendersOf(four.sites) - before).toBe(2)
    expect(await ask(first.url(path))).toMatchObject({ body: answers[0]?.body })
    await cache.close()
  })
})

/** Counts a truth up, purges the pages that show it, and asks for one of them: again and again. */
const PURGING = `
  import { once } from 'node:events'
  import { get } from 'node:http'
  import { text } from 'node:stream/consumers'
  import { addCacheTags, createCaches, invalidatePage, siteCache } from '@sitecache/express'
  import express from 'express'
  const caches = createCaches({ default: process.env.CACHE_URL })
  const cache = caches.get('default')
  const count = async (name) => (await cache.add(name, 1, null)) ? 1 : cache.incr(name)
  let renders = 0
  const app = express().use(siteCache({ caches, lock: true }))
  app.get('/:name', async (req, res) => {
    renders++
    const truth = await cache.get('truth ' + req.params.name)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    addCacheTags(res, 'tag ' + req.params.name)
    res.send(String(truth))
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ask = async (path) => {
    const request = get({ port: server.address().port, path, headers: { host: 'site.example' } })
    const [response] = await once(request, 'response')
    return Number(await text(response))
  }
  let [old, asked, over] = [0, 0, false]
  // Some always wait for a page that was purged; between hits they leave the processor to the purges.
  const visit = async () => {
    for (; !over; asked++) {
      await ask('/n' + Math.floor(Math.random() * 3))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const visitors = [visit(), visit(), visit()]
  for (let i = 0; i < 60; i++) {
    const name = 'n' + (i % 3)
    const truth = await count('truth ' + name)
    if (i % 2 === 0) await invalidatePage('http://site.example/' + name, { cache })
    else await cache.invalidateTags('tag ' + name)
    for (const seen of await Promise.all(Array.from({ length: 5 }, () => ask('/' + name)))) {
      asked++
      if (!(seen >= truth)) old++
    }
  }
  over = true
  await Promise.all(visitors)
  console.log(JSON.stringify({ old, asked, renders }))
  server.close()
  await caches.close()`

describe('purges by several processes', () => {
  it('leave nobody with a page from before, whoever rendered it', async () => {
    const runs = await Promise.all(times(3, () => runMember(PURGING, { CACHE_URL: four.url }, 35_000)))
    const reports = runs.map(({ stdout }) => JSON.parse(stdout))
    expect(reports.map(({ old }) => old)).toEqual([0, 0, 0])
    for (const { asked, renders } of reports) {
      expect(asked).toBeGreaterThan(300)
      expect(renders).toBeLessThan(asked / 2)
    }
  })
})
