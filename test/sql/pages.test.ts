import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { cachePage, invalidatePage } from '@sitecache/express'
import { sqlStore } from '@sitecache/sql'
import express from 'express'
import request from '../support/request.js'
import { type Databases, kinds, startDatabases } from './databases.js'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
}, 60_000)
afterAll(() => databases.stop())

describe.each(kinds)('pages on %s', (kind) => {
  it('are shared by two servers, purged for both, and rendered all the same when the table is gone', async () => {
    const { table } = await databases.store(kind)
    const server = () => {
      const caches = createCaches({ default: { store: sqlStore(databases.url(kind), { table }) } })
      const cache = caches.get('default')
      const app = express().get('/', cachePage(60, { cache }), (_req, res) => {
        res.send('page '.repeat(5000))
      })
      const ask = async () => {
        const response = await request(app).get('/').set('Host', 'shop.example')
        await caches.idle()
        expect([response.status, response.text.length]).toEqual([200, 25_000])
        return response.headers['cache-status']
      }
      return { caches, cache, ask }
    }
    const [one, two] = [server(), server()]
    expect(await one.ask()).toMatch(/fwd=uri-miss; stored/)
    expect(await two.ask()).toMatch(/hit/)
    expect(await invalidatePage('http://shop.example/', { cache: one.cache })).toBe(true)
    expect(await two.ask()).toMatch(/fwd=.*stored/)
    expect(await one.ask()).toMatch(/hit/)
    await databases.run(kind, `drop table ${table}`)
    for (let i = 0; i < 8; i += 1) expect(await one.ask()).not.toMatch(/hit/)
    expect((await one.cache.stats()).errors).toBeGreaterThan(7)
    await Promise.all([one.caches.close(), two.caches.close()])
  }, 20_000)
})
