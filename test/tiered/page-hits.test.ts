import { afterAll, expect, it } from '@jest/globals'
import { createCaches, memoryStore, tieredStore } from '@sitecache/core'
import { siteCache } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import request from '@sitecache/test-support/request'
import { startRedis, until } from '@sitecache/test-support/servers/redis'
import { commandsOf } from '@sitecache/test-support/servers/redis-stats'
import express from 'express'

const server = await startRedis()
afterAll(() => server.stop())

it('a page that is near is a hit without a command to the far store, purged before or not', async () => {
  const store = tieredStore(memoryStore(), redisStore(server.url, { timeoutMs: 5000 }), { nearTimeout: '1m' })
  const caches = createCaches({ default: { store } })
  const app = express().use(siteCache({ caches }))
  app.use((_req, res) => void res.send('page'))
  const hits = async () => /; hit/.test(String((await request(app).get('/')).headers['cache-status']))
  try {
    for (const purges of [false, true]) {
      if (purges) await request(app).post('/')
      await until(hits)
      // The first may have found out what is not there.
      await hits()
      const commands = await commandsOf(server, async () => {
        for (let i = 0; i < 10; i++) expect(await hits()).toBe(true)
      })
      expect(commands).toEqual({})
    }
  } finally {
    await caches.close()
  }
})
