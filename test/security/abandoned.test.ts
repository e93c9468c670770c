import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { frameworks, type Use } from '@sitecache/test-support/applications'
import { bodyOf, getRaw, parseRaw } from '@sitecache/test-support/raw'
import { expectNothingKept, half, trial } from '@sitecache/test-support/trial'
import { outcome } from '@sitecache/test-support/twins'

const request = 'GET /page HTTP/1.1\r\nHost: a\r\n\r\n'

const gone = (req: IncomingMessage): Promise<unknown> =>
  new Promise((resolve) => (req.socket.destroyed ? resolve(undefined) : req.socket.once('close', resolve)))

/** What handlers do that go on though nobody listens any more. */
const unheard: Readonly<Record<string, Use>> = {
  'and the handler ends it all the same': async (req, res) => {
    res.write(half)
    await gone(req)
    res.end(half)
  },
  'and the handler ends it all the same, with a length': async (req, res) => {
    res.setHeader('Content-Length', half.length * 2)
    res.write(half)
    await gone(req)
    res.end(half)
  },
  'and the handler writes all of it then': async (req, res) => {
    res.flushHeaders()
    await gone(req)
    res.end(half)
  },
  'and a stream goes on': async (req, res) => {
    res.write(half)
    await gone(req)
    Readable.from([half]).pipe(res)
  },
}

/** Asks, and hangs up when the first bytes of the answer have come. */
async function hangUp(url: string, how: 'destroy' | 'resetAndDestroy'): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname, () => socket.write(request))
  await once(socket, 'data')
  socket[how]()
}

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it.each(Object.entries(unheard))('nothing is kept when the client hangs up, %s', async (_name, fault) => {
    for (const how of ['destroy', 'resetAndDestroy'] as const) {
      const it = await trial(framework, fault)
      await hangUp(it.url, how)
      await expectNothingKept(it)
    }
  })

  it('nothing is kept when the client hangs up before there is a head', async () => {
    let asked: (value: unknown) => void = () => undefined
    const begun = new Promise((resolve) => {
      asked = resolve
    })
    const it = await trial(framework, async (req, res) => {
      asked(undefined)
      await gone(req)
      res.end(half)
    })
    const { hostname, port } = new URL(it.url)
    const socket = connect(Number(port), hostname, () => socket.write(request))
    await begun
    socket.destroy()
    await expectNothingKept(it)
  })

  it('a page is kept whose client had said only that it asks no more', async () => {
    const it = await trial(framework, (_req, res) => res.write(half, () => res.end(half)))
    const { hostname, port } = new URL(it.url)
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () =>
      socket.end(request),
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(bodyOf(parseRaw(Buffer.concat(chunks))).toString()).toBe(half + half)
    expect(await it.stored()).toHaveLength(1)
    expect(outcome(await getRaw(it.url, '/page', ['Host: a']))).toBe('hit')
  })
})
