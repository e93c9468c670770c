import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCaches, type Store } from '@sitecache/core'
import { memcachedStore } from '@sitecache/memcached'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'
import { freePort } from '@sitecache/test-support/servers/server-process'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { testFolder } from '@sitecache/test-support/workspace'
import { Line } from './line.js'
import { eventually, raw } from './raw.js'

/** For servers that answer or refuse: a busy machine may be later than a request should wait. */
const patient = { timeoutMs: 5000 }

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start(port?: number): Promise<Memcached> {
  const server = await startMemcached(port === undefined ? {} : { port })
  ends.push(() => server.stop())
  return server
}

function open(store: Store) {
  const cache = createCaches({ default: { store } }).get('default')
  const errors: Error[] = []
  cache.on('error', ({ error }) => errors.push(error as Error))
  ends.push(() => cache.close())
  return { cache, errors }
}

/** Asks once; a fault must not be waited for. */
async function missed(cache: ReturnType<typeof open>['cache']): Promise<void> {
  const elapsed = stopwatch()
  expect(await cache.get('k')).toBeUndefined()
  await cache.set('k', 1)
  expect(elapsed()).toBeLessThan(2000)
}

const resumes = (cache: ReturnType<typeof open>['cache']) =>
  eventually(async () => {
    await cache.set('k', 'again')
    return (await cache.get('k')) === 'again'
  })

describe('a single server', () => {
  it('that is killed is misses and errors, and is used again by itself', async () => {
    const server = await start()
    const { cache, errors } = open(memcachedStore(server.server, patient))
    await resumes(cache)
    await server.kill()
    for (let i = 0; i < 10; i += 1) await missed(cache)
    expect(errors.length).toBe(20)
    expect((await cache.stats()).errors).toBeGreaterThanOrEqual(20)
    await start(server.port)
    await resumes(cache)
  })

  it('that was not there at first is used when it is', async () => {
    const port = await freePort()
    const { cache, errors } = open(memcachedStore(`127.0.0.1:${port}`, patient))
    await missed(cache)
    expect(errors[0]?.message).toMatch(/ECONNREFUSED/)
    await start(port)
    await resumes(cache)
  })

  it('that hangs is waited for within the bound, and is used again when it answers', async () => {
    const server = await start()
    const { cache, errors } = open(memcachedStore(server.server))
    await cache.set('k', 1)
    server.pause()
    // It may answer once more before the signal reaches it.
    await eventually(async () => (await cache.get('k')) === undefined)
    errors.length = 0
    for (let i = 0; i < 10; i += 1) await missed(cache)
    expect(errors.length).toBe(20)
    server.resume()
    await resumes(cache)
  })

  it('that was cut off does not answer with what could not be replaced meanwhile', async () => {
    const server = await start()
    const line = await Line.to(server.port)
    ends.push(() => line.close())
    const { cache, errors } = open(memcachedStore(line.server, patient))
    for (const key of ['k', 'deleted', 'kept']) await cache.set(key, 'old', null)
    line.cut()
    await cache.set('k', 'new', null)
    await cache.delete('deleted')
    expect(errors.length).toBe(2)
    line.mend()
    expect(await raw(server.server, 'get :1:k')).toMatch(/VALUE/)
    await eventually(async () => (await cache.get('kept')) === 'old')
    expect([await cache.get('k'), await cache.get('deleted')]).toEqual([undefined, undefined])
    expect(errors.length).toBeLessThan(5)
  })

  it('that closes idle connections makes no error', async () => {
    const server = await start()
    const { cache, errors } = open(memcachedStore(server.server, patient))
    await cache.set('k', 1)
    await server.kill()
    await start(server.port)
    await new Promise((resolve) => setImmediate(resolve))
    await resumes(cache)
    expect(errors.length).toBeLessThanOrEqual(1)
  })
})

/** A server that answers whatever it is asked with the same bytes. */
async function babbler(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('data', () => answer(socket)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const babble: [string, string | Buffer][] = [
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['what it was not asked for', 'STORED\r\n'],
  ['a value of 4 GB', 'VALUE k 0 4294967295 1\r\nabc'],
  ['a value of no number', 'VALUE k 0 1e3 1\r\nabc'],
  ['a line without end', 'x'.repeat(20_000)],
  ['noise', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256))],
  ['a packet of 4 GB', Buffer.from(`81${'00'.repeat(7)}${'ff'.repeat(4)}${'00'.repeat(12)}`, 'hex')],
  ['a packet shorter than its parts', Buffer.from(`8100ffff${'00'.repeat(20)}`, 'hex')],
  ['more than it was asked for', 'END\r\nEND\r\nEND\r\n'],
  ['errors', 'SERVER_ERROR out of memory\r\n'],
]

describe.each(['text', 'binary'] as const)('a server that answers, in the %s protocol,', (protocol) => {
  it.each(babble)('%s, is misses and errors', async (_what, bytes) => {
    const server = await babbler((socket) => void socket.write(bytes))
    const { cache, errors } = open(memcachedStore(server, { protocol, timeoutMs: 100 }))
    for (let i = 0; i < 3; i += 1) await missed(cache)
    expect(await cache.add('k', 1)).toBe(false)
    expect(errors.length).toBeGreaterThan(0)
    await expect(cache.store.check()).rejects.toThrow(server)
  })

  it('by closing the connection, is misses and errors', async () => {
    const server = await babbler((socket) => void socket.end())
    const { cache, errors } = open(memcachedStore(server, { protocol, ...patient }))
    await missed(cache)
    expect(errors.length).toBe(2)
  })
})

describe('close', () => {
  const program = `
    import { createCaches } from '@sitecache/core'
    import { memcachedStore } from '@sitecache/memcached'
    const caches = createCaches({ default: { store: memcachedStore(JSON.parse(process.argv[1])) } })
    await caches.get('default').set('k', 1)
    await caches.get('default').get('k')
    await caches.close()
    console.log('closed')`

  /** Whether a process ends by itself after it closed its caches. */
  async function exitOf(servers: string[]): Promise<string> {
    const args = ['--input-type=module', '-e', program, JSON.stringify(servers)]
    const child = spawn(process.execPath, args, { cwd: testFolder })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text))
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const [code] = await once(child, 'exit')
    clearTimeout(timer)
    return `${code} ${output.trim()}`
  }

  it('lets the process end, whether servers answer, hang, refuse or were never there', async () => {
    const [live, hung] = [await start(), await start()]
    hung.pause()
    const refusing = `127.0.0.1:${await freePort()}`
    const results = await Promise.all(
      [[live.server], [hung.server], [refusing], [live.server, hung.server, refusing]].map(exitOf),
    )
    expect(results).toEqual(Array(4).fill('0 closed'))
  }, 30_000)

  it('makes every later operation fail', async () => {
    const server = await start()
    const store = memcachedStore(server.server, patient)
    await store.set('k', Buffer.from('x'), null)
    await store.close()
    await store.close()
    await expect(store.get('k')).rejects.toThrow(/closed/)
  })
})
