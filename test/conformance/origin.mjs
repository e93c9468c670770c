import { createServer } from 'node:http'
import { load } from './suite.mjs'

/**
 * The suite's origin server, on a port of its own: its handlers behind its own paths. Its `server.mjs` would take the port
 * from npm's environment and leave a file with its process id.
 *
 * @param watch sees each request and its response before they are handled
 */
export async function startOrigin(folder, watch) {
  const handlers = new Map()
  for (const name of ['config', 'test', 'state']) {
    const { default: handle } = await load(folder, `server/handle-${name}.mjs`)
    handlers.set(name, handle)
  }
  const server = createServer((req, res) => {
    const [, first = '', ...segments] = new URL(req.url ?? '/', 'http://origin').pathname.split('/')
    watch?.(req, res)
    const handle = handlers.get(first)
    if (handle === undefined) res.writeHead(404).end()
    else handle(segments, req, res)
  })
  return listen(server)
}

/** Listens on a free loopback port; `close` ends all its connections. */
export async function listen(server) {
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  return { port: server.address().port, close }
}
