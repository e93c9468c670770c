import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { frameworks, listen, type Use } from '@sitecache/test-support/applications'
import { bodyOf, getRaw } from '@sitecache/test-support/raw'
import { expectNothingKept, half, over, trial, whole } from '@sitecache/test-support/trial'
import { outcome } from '@sitecache/test-support/twins'

function* breaking(): Generator<string> {
  yield half
  throw new Error('disk gone')
}

/** A server that hangs up in the midst of its body, whose length it may have told. */
async function upstream(
  lines: Readonly<Record<string, string>>,
): Promise<{ url: string; close(): Promise<void> }> {
  return listen((_req, res) => {
    res.writeHead(200, lines).write(half, () => res.destroy())
  })
}

function proxy(
  lines: Readonly<Record<string, string>>,
  pass: (from: IncomingMessage, to: ServerResponse) => void,
): Use {
  return async (_req, res) => {
    const { url, close } = await upstream(lines)
    get(url, { agent: false }, (from) => {
      const length = from.headers['content-length']
      if (length !== undefined) res.setHeader('Content-Length', length)
      pass(from, res)
    })
    await over(res)
    await close()
  }
}

/** Responses that never become whole, though their client waits for them. */
const faults: Readonly<Record<string, Use>> = {
  'the handler destroys it': (_req, res) => res.write(half, () => res.destroy()),
  'the handler destroys it with an error': (_req, res) => {
    res.once('error', () => undefined)
    res.write(half, () => res.destroy(new Error('fault')))
  },
  'the handler destroys its socket': (req, res) => res.write(half, () => req.socket.destroy()),
  'the handler destroys its socket and ends it': (req, res) =>
    res.write(half, () => {
      req.socket.destroy()
      res.end()
    }),
  'the handler destroys it and ends it': (_req, res) =>
    res.write(half, () => {
      res.destroy()
      res.end()
    }),
  'a stream breaks in a pipeline': (_req, res) =>
    void pipeline(Readable.from(breaking()), res, () => undefined),
  'a stream breaks that is piped': (_req, res) => {
    const source = Readable.from(breaking())
    source.once('error', () => res.destroy())
    source.pipe(res)
  },
  'an upstream hangs up, in a pipeline': proxy({}, (from, to) => void pipeline(from, to, () => undefined)),
  'an upstream hangs up, in a pipeline, with a length': proxy({ 'Content-Length': '99' }, (from, to) =>
    pipeline(from, to, () => undefined),
  ),
  'an upstream hangs up that is piped': proxy({}, (from, to) => {
    from.once('error', () => to.destroy())
    from.pipe(to)
  }),
  'an upstream hangs up that is piped, with a length, and it is ended': proxy(
    { 'Content-Length': '99' },
    (from, to) => {
      from.once('error', () => {
        to.end()
        to.destroy()
      })
      from.pipe(to, { end: false })
    },
  ),
}

/** Those that a framework ends. */
const thrown: Readonly<Record<string, Use>> = {
  'the handler throws': (_req, res) => {
    res.write(half)
    throw new Error('database gone')
  },
  'the handler passes an error on': (_req, res, next) => {
    res.write(half)
    next(new Error('database gone'))
  },
  'the handler fails before it has written': (_req, res, next) => {
    res.setHeader('X-Half', '1')
    next(new Error('database gone'))
  },
}

const rejected: Readonly<Record<string, Use>> = {
  'the handler rejects': async (_req, res) => {
    res.write(half)
    await new Promise(setImmediate)
    throw new Error('database gone')
  },
}

describe.each(frameworks.map((framework) => [framework.name, framework] as const))(
  '%s',
  (name, framework) => {
    const caught = name === 'node:http' ? {} : thrown
    const awaited = name === 'Express 5' ? rejected : {}
    const all = { ...faults, ...caught, ...awaited }

    it.each(Object.entries(all))('nothing is kept of a response: %s', async (_name, fault) => {
      const it = await trial(framework, fault)
      await getRaw(it.url, '/page')
      await expectNothingKept(it)
    })
  },
)

describe('what comes too late', () => {
  const late: Readonly<Record<string, Use>> = {
    'a write behind the end': (_req, res) => {
      res.once('error', () => undefined)
      res.end(whole)
      res.write('more')
    },
    'a second end': (_req, res) => {
      res.once('error', () => undefined)
      res.end(whole)
      res.end('more')
    },
    'an error behind the end': (_req, res) => {
      res.once('error', () => undefined)
      res.end(whole, () => res.destroy(new Error('fault')))
    },
  }

  it.each(Object.entries(late))('is no part of a page that was complete: %s', async (_name, fault) => {
    const [framework] = frameworks
    if (framework === undefined) throw new Error('no framework')
    const it = await trial(framework, fault)
    expect(bodyOf(await getRaw(it.url, '/page')).toString()).toBe(whole)
    await it.stored()
    const hit = await getRaw(it.url, '/page')
    expect([outcome(hit), bodyOf(hit).toString(), it.renders()]).toEqual(['hit', whole, 1])
  })
})
