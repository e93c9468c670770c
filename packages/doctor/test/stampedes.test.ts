import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { decorateStore } from '@sitecache/core/store'
import { createCaches, siteCache } from '@sitecache/express'
import { fileStore } from '@sitecache/file'
import express from 'express'
import type { Finding } from '../src/index.js'
import { page } from './seeds/keys.js'
import './support/clock.js'
import { passMilliseconds } from './support/clock.js'
import { loadOf } from './support/load.js'
import { replay, type Site } from './support/replay.js'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

/** Lets nobody pass until so many have come. */
function barrier(count: number): () => Promise<void> {
  let waiting: (() => void)[] = []
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length < count) return
      for (const go of waiting) go()
      waiting = []
    })
}

/** Two processes that write each page at the same time: none has seen that of the other. */
async function twoProcesses(timeout: number): Promise<Site[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sitecache-stampede-'))
  folders.push(folder)
  const [rendered, written] = [barrier(2), barrier(2)]
  return [0, 1].map((i) => {
    let isSecond = false
    const store = decorateStore(fileStore(folder), async (operation, run, keys) => {
      const isPage = operation === 'set' && [...keys].some((key) => /:page:/.test(key))
      // One that is stored beside another's is written once more.
      if (isPage && !isSecond) await written()
      isSecond ||= isPage
      return run()
    })
    const cache = createCaches({ default: { store } }).get('default')
    const app = express().use(siteCache({ cache, timeout }))
    app.get('/articles/:id', async (req, res) => {
      isSecond = false
      await rendered()
      if (i === 0) passMilliseconds(5)
      res.send(page(`Article ${req.params.id}`))
    })
    return { app, caches: [cache] }
  })
}

const stampedes = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ rule }) => rule === 'stampedes')

describe('renders of one page in two processes', () => {
  it.each([
    ['that was never stored', 600, 20],
    ['that has expired', 1, 5],
  ])('are seen, of a page %s, also where both write at once', async (_, timeout, pages) => {
    // Each page is asked for twice in a row.
    const load = loadOf(40, 0.5, (_random, i) => ({
      path: `/articles/${(i >> 1) % pages}`,
      isEverywhere: true,
    }))
    const { findings } = await replay(await twoProcesses(timeout), load)
    expect(stampedes(findings).length).toBeGreaterThan(0)
  })
})
