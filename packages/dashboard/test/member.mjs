/** A process with a site behind its cache and a dashboard, as MEMBER says. In a cluster it is the primary, or a worker. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { dashboard, relayDashboards } from '@sitecache/dashboard'
import { createCaches, siteCache } from '@sitecache/express'
import { redisBus } from '@sitecache/redis'
import express from 'express'

const { store, bus, workers = 0 } = JSON.parse(process.env.MEMBER)

if (workers > 0 && cluster.isPrimary) {
  relayDashboards()
  const listening = Array.from({ length: workers }, () => once(cluster.fork(), 'listening'))
  const [[{ port }]] = await Promise.all(listening)
  process.on('message', ({ kill }) => kill && Object.values(cluster.workers)[0].process.kill('SIGKILL'))
  process.on('disconnect', () => process.exit())
  process.send({ port })
} else {
  const caches = createCaches({ default: { store, keyPrefix: 'shop' } })
  const app = express()
  const board = dashboard({
    caches,
    authorize: (req) => req.headers['x-operator'] === 'yes',
    ...(bus === undefined ? {} : { bus: redisBus(bus) }),
  })
  app.use(siteCache({ caches, timeout: 600 }))
  app.use('/cache', board)
  app.get('/page/:id', (req, res) => res.send(`page ${req.params.id}`))
  app.get('/private', (_req, res) => res.set('Cache-Control', 'private').send('mine'))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.on('message', async (message) => {
    if (message?.end !== true) return
    server.close()
    server.closeAllConnections()
    await board.close()
    await caches.close()
    process.exit()
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ port: server.address().port })
}
