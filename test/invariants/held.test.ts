import { describe, expect, it } from '@jest/globals'
import { runProgram } from '../support/child.js'

/** A site whose exchanges end in every way; it counts the requests and responses that are still held. */
const program = `
import { EventEmitter, once } from 'node:events'
import { createServer, get } from 'node:http'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createCaches, invalidateTags, siteCache } from '@sitecache/express'
import express from 'express'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const running = new EventEmitter()
const caches = createCaches({ default: { store: 'memory:' } })
const cache = caches.get('default')
const held = []
const app = express().set('env', 'test')
app.use((req, res, next) => {
  held.push(new WeakRef(req), new WeakRef(res))
  next()
})
app.use(siteCache({ cache, tags: () => ['site'], staleWhileRevalidate: 60, skip: (req) => req.url.startsWith('/skip') }))
app.get('/page', (req, res) => res.send('page'))
app.get('/miss/:id', (req, res) => res.send('page'))
app.get('/skip', (req, res) => res.send('page'))
app.get('/no-store', (req, res) => res.set('Cache-Control', 'no-store').send('page'))
app.get('/throws', () => {
  throw new Error('broken')
})
app.get('/session', (req, res) => {
  req.session = { user: { name: 'somebody' } }
  res.send('page')
})
app.get('/hangs', (req, res) => {
  req.socket.once('close', () => res.end())
  running.emit('begun')
})
// The first of the two has the connection, and the other one waits behind it.
app.get('/pipelined/:id', (req, res) => {
  if (req.params.id === '2') running.emit('begun')
})
app.post('/page', (req, res) => void res.status(204).end())

const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()

async function ask(path, method = 'GET', hangsUp = false) {
  const request = get({ port, host: '127.0.0.1', path, method, agent: false })
  if (hangsUp) {
    request.on('error', () => undefined)
    running.once('begun', () => request.destroy())
    return new Promise((resolve) => request.once('close', resolve))
  }
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
}

async function pipeline() {
  const socket = connect(port, '127.0.0.1')
  const lines = ['HTTP/1.1', 'Host: 127.0.0.1', '', ''].join('\\r\\n')
  socket.write('GET /pipelined/1 ' + lines + 'GET /pipelined/2 ' + lines)
  running.once('begun', () => socket.destroy())
  await once(socket, 'close')
}

for (let i = 0; i < 20; i += 1) {
  await pipeline()
  for (const path of ['/page', '/page', '/miss/' + i, '/skip', '/no-store', '/throws', '/session']) await ask(path)
  await ask('/hangs', 'GET', true)
  await ask('/page', 'POST')
  // A stale page, and a refresh behind it.
  await ask('/page')
  await invalidateTags('site', { cache, soft: true })
  await ask('/page')
  await caches.idle()
}
await caches.idle()
server.close()
server.closeAllConnections()
let left = held.length
for (let i = 0; left > 0 && i < 50; i += 1) {
  await turn()
  collect()
  left = held.filter((ref) => ref.deref() !== undefined).length
}
console.log(JSON.stringify({ made: held.length, left }))
process.exit()
`

/** A store whose entries come and go; it says by how many bytes the heap has grown meanwhile. */
const churn = `
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memoryStore } from '@sitecache/core'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const store = memoryStore()
const value = Buffer.from('a page')
async function comeAndGo(times) {
  for (let i = 0; i < times; i += 1) {
    const key = 'page ' + (i % 3)
    await store.set(key, value, null)
    // Asked for often, so that the store has it at hand.
    await store.get(key)
    await store.get(key)
    await store.delete(key)
  }
  collect()
  return process.memoryUsage().heapUsed
}
const before = await comeAndGo(20_000)
console.log(await comeAndGo(100_000) - before)
`

describe('what a store of this process holds', () => {
  it('is what is in it, however much has come and gone', async () => {
    const { stdout } = await runProgram(churn)
    // A reference for each would be 800,000 bytes.
    expect(Number(stdout)).toBeLessThan(400_000)
  })
})

describe('what a request and its response hold', () => {
  it('is given up when the exchange has ended, in whatever way', async () => {
    const { stdout } = await runProgram(program)
    const { made, left } = JSON.parse(stdout)
    // Two for each of thirteen requests and a refresh, in twenty rounds.
    expect(made).toBe(560)
    expect(left).toBe(0)
  })
})
