import type { Server } from 'node:http'
import { type Caches, createCaches } from '@sitecache/express'
import { createApp } from './app.js'
import { loadAtlas } from './atlas.js'
import { listen, wantedPort } from './listen.js'
import { guide, isHit, visitTable, visitTwice } from './tour.js'

/** Starts the atlas and shows what its cache does. With `--check` it stops then: the demonstration's own check. */
async function main(): Promise<void> {
  const wanted = wantedPort(process.env.PORT)
  // CACHE_URL=dummy: is the same site without a cache.
  const caches = createCaches({ default: process.env.CACHE_URL ?? 'memory:' })
  const started = performance.now()
  const app = await createApp({ caches, atlas: await loadAtlas() })
  const { server, port } = await listen(app, wanted)
  const base = `http://127.0.0.1:${port}`
  if (wanted !== 0 && port !== wanted) console.log(`Port ${wanted} is taken; another one was chosen.`)
  console.log(`Atlas, ready in ${((performance.now() - started) / 1000).toFixed(1)} s: ${base}\n`)

  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= shutDown(server, caches)
    return closed
  }
  // Not `once`: Ctrl+C in a terminal comes twice, from the terminal and passed on by scripts/demo.mjs.
  process.on('SIGINT', close).on('SIGTERM', close)

  const visits = await visitTwice(base)
  console.log(`${visitTable(visits)}\n\n${guide(base)}\n`)
  if (!process.argv.includes('--check')) {
    console.log('Ctrl+C stops it.')
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
