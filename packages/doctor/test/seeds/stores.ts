import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decorateStore, type Store } from '@sitecache/core/store'
import {
  addCacheTags,
  type Cache,
  createCaches,
  memoryStore,
  siteCache,
  tieredStore,
} from '@sitecache/express'
import { fileStore } from '@sitecache/file'
import express, { type Express } from 'express'
import { passMilliseconds } from '../support/clock.js'
import { loadOf, pick } from '../support/load.js'
import type { Site } from '../support/replay.js'
import type { Seed } from '../support/seed.js'
import { page } from './keys.js'

function cacheOn(store: Store): Cache {
  return createCaches({ default: { store } }).get('default')
}

function articlesOn(cache: Cache): Site {
  const app = express().use(siteCache({ cache }))
  app.get('/articles/:id', (req, res) => void res.send(page(`Article ${req.params.id}`)))
  app.get('/old/:id', (req, res) => void res.send(page(`Old ${req.params.id}`)))
  return { app, caches: [cache] }
}

/** Work with a folder of its own, which goes with the site. */
async function inFolder(site: (folder: string) => readonly Site[]): Promise<readonly Site[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sitecache-doctor-'))
  const [first, ...others] = site(folder)
  const close = async (): Promise<void> => {
    for (const { caches } of [first, ...others].filter((it) => it !== undefined))
      for (const cache of caches) await cache.close()
    await rm(folder, { recursive: true, force: true })
  }
  return first === undefined ? [] : [{ ...first, close }, ...others]
}

const PROCESSES = 3

/** Processes that render a page at the same time, and store it one after the other. */
function processesIn(folder: string, isMended: boolean): Site[] {
  const caches = Array.from({ length: PROCESSES }, () => cacheOn(fileStore(folder)))
  let arrived: (() => void)[] = []
  /** Waits until all processes render, and those before have stored their page. */
  const turn = async (i: number): Promise<void> => {
    // Counted before any goes on: one may have stored before the next looks.
    const before = caches.map(storesOf)
    await new Promise<void>((resolve) => {
      arrived.push(resolve)
      if (arrived.length < PROCESSES) return
      for (const go of arrived) go()
      arrived = []
    })
    for (const [k, cache] of caches.slice(0, i).entries()) await settled(cache, before[k] ?? 0)
  }
  return caches.map((cache, i) => {
    const app: Express = express().use(siteCache({ cache, lock: isMended }))
    app.get('/articles/:id', async (req, res) => {
      if (!isMended) await turn(i)
      res.send(page(`Article ${req.params.id}`))
    })
    return { app, caches: [cache] }
  })
}

function storesOf(cache: Cache): number {
  return cache.meter.stats({}).stores
}

/** Resolves when the cache has stored what was rendered last. */
async function settled(cache: Cache, before: number): Promise<void> {
  while (storesOf(cache) === before) await new Promise<void>((resolve) => void setImmediate(resolve))
}

/** A site on a store that takes its time. */
function onSlowStore(folder: string, isMended: boolean): Site {
  const slow = decorateStore(fileStore(folder), async (operation, run) => {
    if (operation === 'get' || operation === 'getMany') passMilliseconds(20)
    return run()
  })
  return articlesOn(cacheOn(isMended ? tieredStore(memoryStore(), slow) : slow))
}

/** What stores, processes and purges do. */
export const storeSeeds: readonly Seed[] = [
  {
    rule: 'evicted-unused',
    fix: "memoryStore({ eviction: 's3-fifo' })",
    load: loadOf(600, 0.5, (random, i) => ({
      path: random() < 0.3 ? `/articles/${pick(random, 10)}` : `/old/${i}`,
    })),
    site: (isMended) => [
      articlesOn(cacheOn(memoryStore({ maxEntries: 90, eviction: isMended ? 's3-fifo' : 'lru' }))),
    ],
  },
  {
    rule: 'small-store',
    fix: 'memoryStore({ maxBytes: ',
    load: loadOf(500, 1, (random) => ({ path: `/articles/${pick(random, 60)}` })),
    site: (isMended) => [
      articlesOn(cacheOn(memoryStore({ maxBytes: isMended ? 300_000 : 100_000, eviction: 'lru' }))),
    ],
  },
  {
    rule: 'slow-store',
    sparesWork: true,
    fix: 'tieredStore(memoryStore()',
    load: loadOf(120, 0.03, (random) => ({ path: `/articles/${pick(random, 12)}` })),
    site: (isMended) => inFolder((folder) => [onSlowStore(folder, isMended)]),
  },
  {
    rule: 'stampedes',
    fix: 'siteCache({ lock: true })',
    load: loadOf(30, 2, (_, i) => ({ path: `/articles/${i % 10}`, isEverywhere: true })),
    site: (isMended) => inFolder((folder) => processesIn(folder, isMended)),
  },
  {
    rule: 'broad-purges',
    fix: "cacheTags((req) => ['article:' + req.params.id])",
    load: loadOf(400, 2, (random, i) =>
      i % 25 === 24
        ? { path: `/edit/${pick(random, 20)}`, method: 'POST' as const }
        : { path: `/articles/${pick(random, 20)}` },
    ),
    site(isMended) {
      const cache = cacheOn(memoryStore())
      const versions = new Map<string, number>()
      const tag = (id: string): string => (isMended ? `article:${id}` : 'articles')
      const app = express().use(siteCache({ cache, timeout: '1h' }))
      app.get('/articles/:id', (req, res) => {
        addCacheTags(res, tag(req.params.id))
        res.send(page(`Article ${req.params.id}, ${versions.get(req.params.id) ?? 0}`))
      })
      app.post('/edit/:id', async (req, res) => {
        versions.set(req.params.id, (versions.get(req.params.id) ?? 0) + 1)
        await cache.invalidateTags(tag(req.params.id))
        res.end()
      })
      return [{ app, caches: [cache] }]
    },
  },
]
