import { describe, expect, it } from '@jest/globals'
import { runMember } from '@sitecache/test-support/child'

/** Program of a site whose downloads are all aborted; it tells what is held of them. */
const program = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createCaches, siteCache } from '@sitecache/express'
import express from 'express'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const caches = createCaches({ default: { store: 'memory:?max_bytes=1048576' } })
const held = []
const app = express().set('env', 'test')
app.use(siteCache({ caches }))
// A response that the application itself holds on to must hold no copy of its body.
const kept = []
app.use((req, res) => {
  held.push(new WeakRef(res))
  if (req.url.startsWith('/kept')) kept.push(res)
  const source = new Readable({ read() { setImmediate(() => this.push(Buffer.alloc(65536, 97))) } })
  pipeline(source, res.type('text'), () => undefined)
})
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()

function abort(path) {
  return new Promise((resolve) => {
    let length = 0
    const socket = connect(port, '127.0.0.1', () => socket.write('GET ' + path + ' HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'))
    socket.on('data', (bytes) => (length += bytes.length) > 300_000 && socket.destroy()).on('error', () => undefined).on('close', resolve)
  })
}
async function settle() {
  const connections = () => new Promise((resolve) => server.getConnections((_, n) => resolve(n)))
  while ((await connections()) > 0) await turn()
  for (let i = 0; i < 20; i += 1) {
    await turn()
    collect()
  }
  return process.memoryUsage().arrayBuffers
}
await abort('/warm')
const before = await settle()
for (let i = 0; i < 200; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => abort((j === 0 ? '/kept' : '/') + (i + j))))
const grown = (await settle()) - before
const alive = held.filter((ref) => ref.deref() !== undefined).length
console.log(JSON.stringify({ made: held.length, alive: alive - kept.length, grown }))
process.exit()
`

describe('200 downloads that their clients abort', () => {
  it('leave no response, and less than 2 MiB', async () => {
    const { stdout } = await runMember(program, {}, 60_000)
    const { made, alive, grown } = JSON.parse(stdout)
    expect([made, alive]).toEqual([201, 0])
    expect(grown).toBeLessThan(2 * 2 ** 20)
  }, 70_000)
})
