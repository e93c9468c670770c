import type { Server } from 'node:http'
import type { Caches } from '@sitecache/express'
import { createApp } from './app.js'
import { loadAtlas } from './atlas.js'
import { atlasCaches } from './caching.js'
import { listen, wantedPort } from './listen.js'
import { guide, isHit, visitTable, visitTwice } from './tour.js'
import { startTraffic } from './traffic.js'

/**
 * Starts the atlas, shows what its cache does, and visits it a little. With `--check` it stops after the first two: the demonstration's
 * own check.
 */
async function main(): Promise<void> {
  const wanted = wantedPort(process.env.PORT)
  // CACHE_URL=dummy: is the same site without a cache.
  const { caches, store } = atlasCaches(process.env.CACHE_URL)
  const started = performance.now()
  const app = await createApp({ caches, store, atlas: await loadAtlas() })
  const { server, port } = await listen(app, wanted)
  const base = `http://127.0.0.1:${port}`
  let stopTraffic = () => {}
  let closed: Promise<void> | undefined
  const close = () => {
    stopTraffic()
    closed ??= shutDown(server, caches)
    return closed
  }
  // Not `once`: Ctrl+C in a terminal comes twice, from the terminal and passed on by scripts/demo.mjs.
  process.on('SIGINT', close).on('SIGTERM', close)

  const visits = await visitTwice(base)
  const taken = wanted !== 0 && port !== wanted ? ` Port ${wanted} is taken; another one was chosen.` : ''
  console.log(`${visitTable(visits)}\n`)
  console.log(`Ready in ${((performance.now() - started) / 1000).toFixed(1)} s.${taken}\n\n${guide(base)}`)
  if (!process.argv.includes('--check')) {
    if (closed === undefined) stopTraffic = startTraffic(base)
    return
  }
  await close()
  const failed = visits.filter(({ first, second }) => first.status !== 200 || !isHit(second))
  for (const { path } of failed) console.error(`Not answered from the cache the second time: ${path}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}

async function shutDown(server: Server, caches: Caches): Promise<void> {
  server.close()
  server.closeAllConnections()
  await caches.close()
}

await main()
