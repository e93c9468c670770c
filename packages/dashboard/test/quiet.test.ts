import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, jest } from '@jest/globals'
import { createCaches, memoryStore, siteCache } from '@sitecache/express'
import express from 'express'
import { dashboard } from '../src/index.js'

it('makes no input of what it reads of a request whose client has left, and whose handler goes on', async () => {
  // Inputs are told of in development.
  jest.replaceProperty(process, 'env', { ...process.env, NODE_ENV: 'development' })
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const caches = createCaches({ default: { store: memoryStore() } })
  const board = dashboard({ caches, authorize: () => true })
  const cache = caches.get('default')
  const told = new Promise<unknown>((resolve) => cache.on('exchange', ({ reason }) => resolve(reason)))
  const app = express().use(siteCache({ caches }))
  let goOn = (): void => undefined
  const rendered = new Promise<void>((done) => {
    app.get('/slow', (_req, res) => {
      goOn = () => {
        res.send('page')
        setImmediate(done)
      }
      client.destroy()
    })
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = get({ port: (server.address() as AddressInfo).port, path: '/slow', agent: false })
  client.on('error', () => undefined)
  expect(await told).toBe('aborted')
  goOn()
  await rendered
  const messages = warned.mock.calls.map(([message]) => String(message))
  expect(messages.filter((message) => message.includes('/slow'))).toEqual([])
  jest.restoreAllMocks()
  await board.close()
  server.close()
})
