/**
 * Program that runs sites with a fault at one place, on each framework, and reports what each of
 * their requests was answered, and what reached the process.
 */
export const chaosProgram = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { cachePage, cacheTags, createCaches, fetchFromCache, invalidates, memoryStore, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { BaseStore } from '@sitecache/core'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'

const reached = []
process.on('uncaughtException', (error) => reached.push(String(error?.stack ?? error)))
let shift = 0
const { now } = Date
Date.now = () => now() + shift

/** Ways in which a function of the application, or a store, goes wrong. */
const manners = {
  throws() { throw new Error('chaos') },
  rejects() { return Promise.reject(new Error('chaos')) },
  'answers nonsense'() { return Promise.resolve({ chaos: true }) },
}
const callbacks = {
  skip: () => false,
  isAuthenticated: () => false,
  storeIf: () => true,
  visitor: () => undefined,
  keyParts: () => [],
  tags: () => ['page'],
  bucket: (value) => value,
  cacheTags: () => 'made',
  invalidates: () => [],
  listener: () => undefined,
}
const operations = ['get', 'set', 'delete', 'clear', 'add', 'incr', 'touch', 'getMany', 'setMany', 'has']

class ChaosStore extends BaseStore {
  name = 'chaos'
  #memory = memoryStore()
  constructor(fault) {
    super()
    for (const name of operations) {
      const inherited = name in this.#memory ? this.#memory[name].bind(this.#memory) : undefined
      if (inherited !== undefined)
        this[name] = (...args) => fault(name) ? fault(name)() : Promise.resolve().then(() => inherited(...args))
    }
  }
  async get() {}
  async set() {}
  async delete() { return false }
  async clear() {}
}

let isFailing = false

function handler(req, res) {
  if (isFailing) {
    res.statusCode = 503
    return res.end('failed')
  }
  const answer = () => {
    res.setHeader('ETag', '"1"')
    res.setHeader('Vary', 'X-Client')
    res.setHeader('Content-Type', 'text/plain')
    res.setHeader('Cache-Control', 'max-age=10')
    if (req.headers['if-none-match'] === '"1"') {
      res.statusCode = 304
      return res.end()
    }
    return res.end('the whole page')
  }
  return req.url.startsWith('/cold') ? void setTimeout(answer, 5) : answer()
}

const chain = (middlewares) => (req, res) => {
  const run = (i) => (i === middlewares.length ? handler(req, res) : middlewares[i](req, res, () => run(i + 1)))
  run(0)
}
const use = (app, middlewares) => {
  app.set?.('env', 'test')
  for (const middleware of [...middlewares, handler]) app.use(middleware)
  return app
}
const sites = {
  'Express 5': (options, more) => use(express(), [siteCache(options), ...more]),
  'Express 4': (options, more) => use(express4(), [updateCache(options), fetchFromCache(), ...more]),
  Connect: (options, more) => use(connect(), [cachePage(10, options), ...more]),
  'node:http': (options, more) => withSiteCache(chain(more), options),
}

/** Statuses of all that comes back for one request; 'none' when nothing does. */
function ask(port, path, { method = 'GET', ...headers } = {}) {
  return new Promise((resolve) => {
    const lines = Object.entries({ Host: 'a.example', Connection: 'close', ...headers }).map(([name, value]) => name + ': ' + value)
    const socket = connectSocket(port, '127.0.0.1', () => socket.write([method + ' ' + path + ' HTTP/1.1', ...lines, '', ''].join('\\r\\n')))
    let bytes = ''
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve([...bytes.matchAll(/^HTTP\\/1\\.1 (\\d+)/gm)].map(([, status]) => status).join('+') || 'none')
    }
    const timer = setTimeout(done, 3000)
    socket.on('data', (chunk) => (bytes += chunk.toString('latin1'))).on('close', done).on('error', done)
  })
}

/** Runs one site through all that a cache does. @param isLate the fault begins once a page is stored */
async function run(framework, policy, place, manner, isLate) {
  let isArmed = !isLate
  const broken = manners[manner]
  const calls = (name) => (...args) => (isArmed && place === name ? broken() : callbacks[name](...args))
  const store = operations.includes(place)
    ? new ChaosStore((name) => (isArmed && name === place ? broken : undefined))
    : memoryStore()
  const caches = createCaches({ default: { store } })
  caches.get('default').on('error', calls('listener'))
  const options = { caches, policy, staleIfError: 60, buckets: { 'x-client': calls('bucket') } }
  for (const name of ['skip', 'isAuthenticated', 'storeIf', 'visitor', 'keyParts', 'tags']) options[name] = calls(name)
  if (policy === 'django') options.staleWhileRevalidate = 60
  const more = [cacheTags(calls('cacheTags')), invalidates(calls('invalidates'), { caches })]
  const server = createServer(sites[framework](options, more)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const answers = {}
  const note = async (step, ...asked) => (answers[step] = (await Promise.all(asked)).join(' '))
  await note('miss', ask(port, '/page'))
  isArmed = true
  await note('hit', ask(port, '/page'))
  await note('waits', ask(port, '/cold', { 'X-Client': 'a' }), ask(port, '/cold', { 'X-Client': 'b' }))
  await note('part', ask(port, '/page', { Range: 'bytes=0-2' }))
  shift += 11_000
  await note('stale', ask(port, '/page'))
  shift += 11_000
  isFailing = true
  await note('fails', ask(port, '/page'))
  isFailing = false
  await note('unsafe', ask(port, '/page', { method: 'POST', 'Content-Length': '0' }))
  isArmed = false
  await note('afterwards', ask(port, '/page'))
  await turn()
  await caches.idle()
  server.close()
  return answers
}

const report = []
const combinations = [['Express 5', 'django'], ['Express 5', 'rfc9111'], ['Express 4', 'django'], ['Connect', 'rfc9111'], ['node:http', 'django']]
for (const [framework, policy] of combinations) {
  {
    for (const place of [...Object.keys(callbacks), ...operations]) {
      for (const manner of Object.keys(manners)) {
        // An error in a listener is the application's own, and is thrown outside the request.
        if (place === 'listener' && manner === 'throws') continue
        // At once too on one of them: with nothing stored, faults lead nowhere new.
        for (const isLate of framework === 'Express 5' ? [true, false] : [true])
          report.push({ name: [framework, policy, place, manner, isLate ? 'later' : 'at once'].join(', '), answers: await run(framework, policy, place, manner, isLate) })
      }
    }
  }
}
await turn()
console.log(JSON.stringify({ report, reached }))
process.exit()
`
