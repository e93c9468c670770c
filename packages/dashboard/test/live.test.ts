import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { atEnd } from '@sitecache/test-support/at-end'
import { until } from '@sitecache/test-support/servers/redis'
import compression from 'compression'
import type { Express } from 'express'
import { MAX_STREAMS } from '../src/http/streams.js'
import { columnsOf } from '../src/shared/ratios.js'
import type { Tick } from '../src/shared/state.js'
import { servedBoard } from './served-board.js'
import { ask, OPERATOR } from './support.js'

/** A stream of events that is being read. */
class Listening {
  text = ''
  readonly #request: ClientRequest
  readonly res: IncomingMessage

  private constructor(request: ClientRequest, res: IncomingMessage) {
    this.#request = request
    this.res = res
    res.setEncoding('utf8').on('data', (chunk) => {
      this.text += chunk
    })
    res.on('error', () => undefined)
  }

  static async open(url: string): Promise<Listening> {
    const request = get(`${url}/cache/api/live`, {
      headers: { ...OPERATOR, 'accept-encoding': 'gzip' },
      agent: false,
    })
    request.on('error', () => undefined)
    const [res] = (await once(request, 'response')) as [IncomingMessage]
    const made = new Listening(request, res)
    atEnd(() => made.end())
    return made
  }

  get ticks(): readonly Tick[] {
    return [...this.text.matchAll(/^event: tick\ndata: (.*)\n\n/gm)].map(([, data = '']) => JSON.parse(data))
  }

  end(): void {
    this.#request.destroy()
  }
}

describe('the stream of changes', () => {
  it('has no place for clients that have gone while they were authorized', async () => {
    let asked = 0
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const authorize = async () => {
      asked += 1
      await answered
      return true
    }
    const gone: Promise<unknown>[] = []
    const before = (app: Express) =>
      app.use((_req, res, next) => {
        gone.push(once(res, 'close'))
        next()
      })
    const { url } = await servedBoard({ authorize, before })
    const clients = Array.from({ length: MAX_STREAMS }, () => get(`${url}/cache/api/live`, { agent: false }))
    for (const client of clients) client.on('error', () => undefined)
    await until(() => asked === MAX_STREAMS)
    for (const client of clients) client.destroy()
    await Promise.all(gone)
    answer()
    const stream = await Listening.open(url)
    expect(stream.res.statusCode).toBe(200)
  })

  it('tells each second what has changed, and each exchange once', async () => {
    const { url } = await servedBoard({ before: (app) => app.use(compression({ threshold: 0 })) })
    await ask(`${url}/page/1`)
    const stream = await Listening.open(url)
    expect(stream.res.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'cache-control': 'no-store, no-transform',
    })
    expect(stream.res.headers['content-encoding']).toBeUndefined()
    await until(() => stream.ticks.length > 0)
    expect(stream.text).toMatch(/^retry: 2000\n\n/)
    await ask(`${url}/page/1`)
    await until(() => stream.ticks.length > 1)
    const all = stream.ticks.flatMap(({ live }) => live.map(({ n, result }) => [n, result]))
    expect(all).toEqual([
      [1, 'miss'],
      [2, 'hit'],
    ])
    const { hit, miss } = columnsOf(stream.ticks.at(-1)?.windows.all ?? [])
    expect([hit, miss]).toEqual([1, 1])
  })

  it('is had by 20 at a time; those beyond are told to poll', async () => {
    const { url } = await servedBoard()
    const streams = await Promise.all(Array.from({ length: 20 }, () => Listening.open(url)))
    const beyond = await ask(`${url}/cache/api/live`, OPERATOR)
    expect([beyond.status, beyond.headers['retry-after']]).toEqual([503, '60'])
    streams[0]?.end()
    await until(async () => (await Listening.open(url)).res.statusCode === 200)
  })

  it('ends with the dashboard', async () => {
    const { url, board } = await servedBoard()
    const stream = await Listening.open(url)
    await board.close()
    await until(() => stream.res.complete)
  })

  it('ends after five minutes, so that its client is authorized again', async () => {
    let time = Date.now()
    const { url } = await servedBoard({ now: () => time })
    const stream = await Listening.open(url)
    await until(() => stream.ticks.length > 0)
    time += 5 * 60_000 + 1
    await until(() => stream.res.complete)
  })
})
