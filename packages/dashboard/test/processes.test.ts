import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import { listen } from '@sitecache/test-support/applications'
import { type RedisServer, startRedis, until } from '@sitecache/test-support/servers/redis'
import express from 'express'
import { makeDashboard } from '../src/dashboard.js'
import { load, Member, resultsIn, startMembers, stateOf } from './support.js'

let redis: RedisServer
const members: Member[] = []

beforeAll(async () => {
  redis = await startRedis()
})

afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.end()))
})

afterAll(() => redis.stop())

/** Waits until the page of a process adds up what was counted outside, and no more. */
async function addsUp(url: string, counted: Readonly<Record<string, number>>): Promise<void> {
  const matches = async () =>
    JSON.stringify(sorted(resultsIn(await stateOf(url)))) === JSON.stringify(sorted(counted))
  await until(matches)
  const state = await stateOf(url)
  expect(resultsIn(state)).toEqual(counted)
  const routes = state.routes.flatMap(({ results }) => Object.values(results))
  expect(sum(routes)).toBe(sum(Object.values(counted)))
  expect(sum(state.processes.map(({ requests }) => requests))).toBe(sum(Object.values(counted)))
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
const sorted = (counts: Readonly<Record<string, number>>) => Object.entries(counts).sort()

describe('the figures of four processes', () => {
  it('add up to those of the load, by a store that they share; one that was killed is gone with its entry', async () => {
    members.push(...(await startMembers(4, { store: `${redis.url}/1` })))
    const urls = members.map(({ url }) => url)
    const counted = await load(urls, 100)
    for (const url of urls.slice(0, 2)) await addsUp(url, counted)
    const before = await stateOf(urls[0] ?? '')
    expect(before.processes).toHaveLength(4)
    expect(before.sharedBy).toBe('store redis')
    // One of a shared store; each process tells it.
    expect(before.stores).toHaveLength(1)
    const keys = await redis.with(async (client) => {
      await client.select(1)
      return Promise.all([0, 1, 2, 3].map((i) => client.pttl(`shop:1:sitecache:stats:${i}`)))
    })
    for (const left of keys) expect(left > 0 && left <= 10_000).toBe(true)
    const killed = members.pop()
    await killed?.kill()
    const gone = before.processes.find(({ pid }) => pid === killed?.pid)
    expect(gone).toBeDefined()
    await redis.with(async (client) => {
      await client.select(1)
      // Ten seconds pass for the entry of the process that is gone; the others write theirs anew.
      for (const i of [0, 1, 2, 3]) {
        const text = await client.get(`shop:1:sitecache:stats:${i}`)
        if (text?.includes(gone?.id ?? '-')) await client.pexpire(`shop:1:sitecache:stats:${i}`, 1)
      }
    })
    await until(async () => (await stateOf(urls[0] ?? '')).processes.length === 3)
    const after = await stateOf(urls[0] ?? '')
    const lost = gone?.requests ?? 0
    expect(sum(Object.values(resultsIn(after)))).toBe(100 - lost)
  })

  it('add up by a bus, where their stores are in memory', async () => {
    members.push(...(await startMembers(4, { store: 'memory:', bus: redis.url })))
    const urls = members.map(({ url }) => url)
    const counted = await load(urls, 100)
    await addsUp(urls[0] ?? '', counted)
    const { sharedBy, processes } = await stateOf(urls[0] ?? '')
    expect([sharedBy, processes.length]).toEqual(['bus', 4])
    // A process that ends says so.
    await members.pop()?.end()
    await until(async () => (await stateOf(urls[0] ?? '')).processes.length === 3)
  })

  it('add up within a cluster, by its primary', async () => {
    const primary = await new Member({ store: 'memory:', workers: 4 }).ready()
    members.push(primary)
    const counted = await load([primary.url], 100)
    await addsUp(primary.url, counted)
    const { sharedBy, processes, stores } = await stateOf(primary.url)
    expect([sharedBy, processes.length]).toEqual(['cluster', 4])
    // The sizes of stores in memory are added.
    expect(stores[0]?.limitBytes).toBe(4 * 64 * 2 ** 20)
  })

  it('are not doubled where a process has two dashboards', async () => {
    const caches = createCaches({
      default: { store: redisStore(`${redis.url}/2`, { timeoutMs: 5000 }), keyPrefix: 'twice' },
    })
    const options = { caches, authorize: () => true }
    const boards = [0, 1].map(() => makeDashboard(options, () => Date.now()))
    const app = express().use('/cache', boards[0] ?? [])
    app.use('/other/cache', boards[1] ?? [])
    app.use(siteCache({ caches, timeout: 600 }))
    app.get('/page/:id', (_req, res) => void res.send('page'))
    app.get('/private', (_req, res) => void res.set('Cache-Control', 'private').send('mine'))
    const { url, close } = await listen(app)
    const counted = await load([url], 20)
    const told = async () =>
      redis.with(async (client) => {
        await client.select(2)
        return (await client.keys('twice:1:sitecache:stats:*')).length
      })
    await until(async () => (await told()) === 2)
    await addsUp(url, counted)
    await addsUp(`${url}/other`, counted)
    await close()
    await Promise.all(boards.map((board) => board.close()))
    expect(await told()).toBe(0)
    await caches.close()
  })

  it('are those of the process that is asked while the store is down, and of all once it is back', async () => {
    const server = await startRedis()
    members.push(...(await startMembers(2, { store: server.url })))
    const urls = members.map(({ url }) => url)
    const counted = await load(urls, 20)
    await addsUp(urls[0] ?? '', counted)
    await server.kill()
    await until(async () => (await stateOf(urls[0] ?? '')).processes.length === 1)
    const { stores, processes } = await stateOf(urls[0] ?? '')
    expect(processes[0]?.requests).toBe(10)
    expect(stores).toHaveLength(1)
    await server.start()
    await until(async () => (await stateOf(urls[0] ?? '')).processes.length === 2)
    await Promise.all(members.splice(0).map((member) => member.end()))
    await server.stop()
  })

  it('are those of one process where there is one', async () => {
    members.push(...(await startMembers(1, { store: 'memory:' })))
    const [{ url } = { url: '' }] = members
    const counted = await load([url], 100)
    await addsUp(url, counted)
    expect((await stateOf(url)).sharedBy).toBe('none')
  })
})
