import { once } from 'node:events'
import { Agent, createServer, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cache } from '@sitecache/express'
import { type Doctor, doctor, type Finding } from '../../src/index.js'
import { setSeconds } from './clock.js'
import type { LoadedRequest } from './load.js'

/** An application under test. */
export interface Site {
  readonly app: RequestListener
  readonly caches: readonly Cache[]
  close?(): Promise<void>
}

/** What came of a load. */
export interface Outcome {
  readonly findings: readonly Finding[]
  /** As the caches tell it, apart from the doctor. */
  readonly lookUps: number
  readonly hits: number
  readonly hours: number
  /** Seconds that clients have waited for look-ups, renders and bodies. */
  readonly seconds: number
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

/**
 * Sends a load to real servers, one request after the other, and asks the doctor.
 *
 * @param from seconds after which it is looked at
 */
export async function replay(
  sites: readonly Site[],
  load: readonly LoadedRequest[],
  from = 0,
): Promise<Outcome> {
  const caches = sites.flatMap((site) => site.caches)
  let hitRate: Doctor | undefined
  const results: string[] = []
  let milliseconds = 0
  const stops = caches.map((cache) =>
    cache.on('exchange', ({ result, purpose, durationMs }) => {
      if (purpose !== undefined || result === 'bypass' || hitRate === undefined) return
      results.push(String(result))
      milliseconds += Number(durationMs)
    }),
  )
  const servers = await Promise.all(sites.map(({ app }) => listening(app)))
  const agent = new Agent({ keepAlive: true })
  try {
    const ports = servers.map(({ port }) => port)
    for (const it of load) {
      setSeconds(it.at)
      if (it.at >= from) hitRate ??= doctor({ caches })
      const asked = it.isEverywhere === true ? ports : ports.slice(0, 1)
      await Promise.all(asked.map((port) => send(agent, port, it, caches)))
    }
    const findings = (await hitRate?.findings()) ?? []
    const [first, last] = [load.find(({ at }) => at >= from)?.at ?? 0, load.at(-1)?.at ?? 0]
    const served = new Set(['hit', 'stale', 'revalidated', 'collapsed', 'filled'])
    const hits = results.filter((result) => served.has(result)).length
    const hours = Math.max(60, last - first) / 3600
    return { findings, lookUps: results.length, hits, hours, seconds: milliseconds / 1000 }
  } finally {
    hitRate?.close()
    agent.destroy()
    for (const stop of stops) stop()
    for (const { close } of servers) close()
    for (const site of sites) await site.close?.()
  }
}

async function listening(app: RequestListener): Promise<{ port: number; close: () => void }> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

/** Follows redirects to other hosts, as browsers do, at this server. */
async function send(agent: Agent, port: number, it: LoadedRequest, caches: readonly Cache[]): Promise<void> {
  const { path, method = 'GET', headers } = it
  const sent = { Host: 'shop.example', 'User-Agent': BROWSER, ...headers }
  const location = await new Promise<string | undefined>((resolve, reject) => {
    request({ agent, port, host: '127.0.0.1', path, method, headers: sent }, (res) => {
      res.resume()
      res.once('end', () => resolve(res.headers.location))
    })
      .on('error', reject)
      .end()
  })
  // An exchange is over when its response is closed.
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve))
  await Promise.all(caches.map((cache) => cache.idle()))
  await new Promise<void>((resolve) => void setImmediate(resolve))
  if (location === undefined) return
  const { host, pathname, search } = new URL(location)
  await send(
    agent,
    port,
    { ...it, path: `${pathname}${search}`, headers: { ...headers, Host: host } },
    caches,
  )
}
