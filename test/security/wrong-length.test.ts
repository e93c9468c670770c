import { describe, it } from '@jest/globals'
import { frameworks, type Use } from '@sitecache/test-support/applications'
import { getRaw } from '@sitecache/test-support/raw'
import { expectNothingKept, half, trial } from '@sitecache/test-support/trial'

/** Bodies that are not as long as was said. */
const lengths: Readonly<Record<string, Use>> = {
  'shorter than its Content-Length': (_req, res) => {
    res.setHeader('Content-Length', 99)
    res.end(half)
    setImmediate(() => res.destroy())
  },
  'shorter, by writeHead': (_req, res) => {
    res.writeHead(200, { 'content-length': '99' }).write(half)
    res.end()
    setImmediate(() => res.destroy())
  },
  'shorter, by an array': (_req, res) => {
    res.writeHead(200, ['Content-Length', '99']).end(half)
    setImmediate(() => res.destroy())
  },
  'empty, though it has a length': (_req, res) => {
    res.setHeader('Content-Length', '99')
    res.end()
    setImmediate(() => res.destroy())
  },
  'longer than its Content-Length': (_req, res) => {
    res.setHeader('Content-Length', '4')
    res.end(half)
  },
  'longer, in several writes': (_req, res) => {
    res.writeHead(200, { 'Content-Length': 4 })
    for (const letter of half) res.write(letter)
    res.end()
  },
  'of two lengths': (_req, res) =>
    res.writeHead(200, ['Content-Length', '4', 'Content-Length', '11']).end(half),
  'of a length that is none': (_req, res) => {
    res.writeHead(200, { 'Content-Length': '11 bytes' }).end(half)
  },
  'of a length in characters': (_req, res) => {
    res.setHeader('Content-Length', 'ä page'.length)
    res.end('ä page')
  },
}

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it.each(Object.entries(lengths))('nothing is kept of a body that is %s', async (_name, fault) => {
    const it = await trial(framework, fault)
    await getRaw(it.url, '/page')
    await expectNothingKept(it)
  })
})
