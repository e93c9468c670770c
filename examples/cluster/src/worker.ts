import { memoryStore, tieredStore } from '@sitecache/core'
import { type Cache, createCaches } from '@sitecache/express'
import { redisBus, redisStore } from '@sitecache/redis'
import { createApp } from './app.js'
import { articlesOfPrimary } from './articles.js'

/** One of the four processes: pages in its own memory for some seconds, and behind it in the Redis Cluster. */
export function runWorker(): void {
  const url = process.env.CACHE_URL ?? ''
  const store = tieredStore(memoryStore(), redisStore(url), { bus: redisBus(url) })
  const caches = createCaches({ default: { store } })
  tellErrors(caches.get('default'))

  const server = createApp(caches, articlesOfPrimary()).listen(Number(process.env.PORT), '127.0.0.1')
  const close = () => {
    server.close()
    server.closeAllConnections()
    void caches.close().then(() => process.exit())
  }
  // Ctrl+C reaches all processes of a terminal: the primary says when, or is gone.
  process.on('SIGINT', () => {})
  process.once('SIGTERM', close).once('disconnect', close)
}

/** One line a second at the most: while a server is down there is one for each request. */
function tellErrors(cache: Cache): void {
  let last = Number.NEGATIVE_INFINITY
  cache.on('error', ({ error }) => {
    if (performance.now() - last < 1000) return
    last = performance.now()
    console.error(`worker ${process.pid}: ${error instanceof Error ? error.message : String(error)}`)
  })
}
