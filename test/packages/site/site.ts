// A site that each tool compiles, bundles or runs: pages in a store that a URL names, with a hole.
import { createServer } from 'node:http'
import { join } from 'node:path'
import { cache, caches, configure, hole, siteCache } from '@sitecache/express'
import express from 'express'

/** Visits a page as two visitors; resolves to the texts that they see, and a value that was kept. */
export async function visits(folder: string): Promise<string[]> {
  // A machine that is busy with several tools at once answers late.
  configure({ default: `file:${join(folder, 'pages')}?timeoutMs=10000` })
  const greeting = hole('greeting', (req) => `hello ${req.get('x-name')}`)
  let renders = 0
  const app = express().use(siteCache({ skip: (req) => req.path === '/live' }))
  app.get('/', (_req, res) => {
    renders += 1
    res.send(`render ${renders}, ${greeting()}`)
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const texts: string[] = []
  for (const name of ['ann', 'bob']) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-name': name } })
    texts.push(await response.text())
    await caches.idle()
  }
  await cache.set('k', 'kept')
  texts.push(String(await caches.get('default').get('k')))
  server.closeAllConnections()
  server.close()
  await caches.close()
  return texts
}
