import { expect, it, jest } from '@jest/globals'
import { runMember } from '@sitecache/test-support/child'
import { type RedisServer, startRedis } from '@sitecache/test-support/servers/redis'

jest.setTimeout(40_000)

/** An application that is asked forty times, its server failing or made to fail meanwhile; it closes, and has then to end by itself. */
const PROGRAM = `
  import { once } from 'node:events'
  import { createCaches, siteCache } from '@sitecache/express'
  import { redisStore } from '@sitecache/redis'
  import express from 'express'
  // Time that this process was given: a late timer fires once.
  let time = 0
  setInterval(() => { time += 10 }, 10).unref()
  const caches = createCaches({ default: { store: redisStore(process.env.CACHE_URL), keyPrefix: 'site' } })
  let errors = 0
  caches.get('default').on('error', () => errors++)
  const app = express().use(siteCache({ caches }))
  app.get('/:name', (req, res) => void res.send('page ' + req.params.name))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const visit = async (name) => {
    const started = time
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/' + name)
    const body = await response.text()
    if (response.status !== 200 || body !== 'page ' + name) throw new Error(response.status + ' ' + body)
    return time - started
  }
  const times = []
  for (let i = 0; i < 40; i++) {
    if (i === 10 && process.env.KILL) process.kill(Number(process.env.KILL), process.env.SIGNAL)
    times.push(...await Promise.all([visit('same'), visit('same'), visit('page' + i)]))
  }
  server.close()
  server.closeAllConnections()
  const closing = time
  await caches.close()
  process.on('exit', () => console.log(JSON.stringify({
    errors, slowest: Math.max(...times), closing: time - closing,
  })))`

interface Report {
  readonly errors: number
  /** Milliseconds */
  readonly slowest: number
  readonly closing: number
}

/** Rejects when the process did not end, or ended with an unhandled rejection. */
async function runSite(url: string, env: Readonly<Record<string, string>> = {}): Promise<Report> {
  const { stdout, stderr } = await runMember(PROGRAM, { CACHE_URL: url, ...env })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

async function pidOf(server: RedisServer): Promise<string> {
  return /process_id:(\d+)/.exec(String(await server.ask('INFO', 'server')))?.[1] ?? ''
}

it.each<[string, (server: RedisServer) => unknown]>([
  ['is not there', (server) => server.kill()],
  ['is paused', (server) => server.pause()],
  ['wants another password', (server) => server.ask('CONFIG', 'SET', 'requirepass', 'other')],
  ['is full', (server) => server.ask('CONFIG', 'SET', 'maxmemory', '1')],
  ['is a replica', (server) => server.ask('REPLICAOF', '127.0.0.1', '1')],
])('a site answers from its first request, and its process ends, when its Redis %s', async (_, breaks) => {
  const server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
  try {
    await breaks(server)
    const { errors, slowest, closing } = await runSite(server.url)
    expect(errors).toBeGreaterThan(40)
    expect(slowest).toBeLessThan(5000)
    expect(closing).toBeLessThan(4000)
  } finally {
    await server.stop()
  }
})

it.each(['SIGKILL', 'SIGSTOP'])(
  'a site answers, and its process ends, when its Redis gets %s',
  async (signal) => {
    const server = await startRedis()
    try {
      const { errors, slowest, closing } = await runSite(server.url, {
        KILL: await pidOf(server),
        SIGNAL: signal,
      })
      expect(errors).toBeGreaterThan(20)
      expect(slowest).toBeLessThan(5000)
      expect(closing).toBeLessThan(4000)
    } finally {
      await server.stop()
    }
  },
)

it('a site whose Redis is well has no errors, and its process ends at once', async () => {
  const server = await startRedis()
  try {
    const { errors, closing } = await runSite(server.url)
    expect(errors).toBe(0)
    expect(closing).toBeLessThan(2000)
  } finally {
    await server.stop()
  }
})
