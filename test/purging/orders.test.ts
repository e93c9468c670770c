import type { RequestListener } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Store } from '@sitecache/core'
import {
  addCacheTags,
  type Cache,
  createCaches,
  invalidatePage,
  invalidateRoute,
  invalidateTags,
  memoryStore,
  siteCache,
} from '@sitecache/express'
import { passSeconds } from '@sitecache/test-support/clock'
import { inOrder } from '@sitecache/test-support/in-order'
import { whileThereIsTime } from '@sitecache/test-support/properties'
import request from '@sitecache/test-support/request'
import { TurnStore } from '@sitecache/test-support/turn-store'
import express from 'express'
import fc from 'fast-check'

const IDS = ['1', '2'] as const

const step = fc.record({
  kind: fc.constantFrom(
    'get',
    'get',
    'get',
    'page',
    'tag',
    'all',
    'route',
    'soft',
    'post',
    'clear',
    'pass',
    'rest',
  ),
  id: fc.constantFrom(...IDS),
  process: fc.nat({ max: 1 }),
  /** Whether the next step begins before this one has ended. */
  together: fc.boolean(),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Process {
  readonly cache: Cache
  readonly app: RequestListener
}

/** Two processes over one store, and what the test knows of purges that have ended. */
class World {
  readonly #store: Store
  readonly #processes: readonly Process[]
  /** By page: when the latest of the purges that have ended began, on the test's own clock. */
  readonly #purged = new Map<string, number>()
  #ticks = 0
  hits = 0

  constructor(store: Store) {
    this.#store = store
    this.#processes = [this.#process(), this.#process()]
  }

  async run({ kind, id, process }: Step): Promise<unknown> {
    const { cache, app } = this.#processes[process] ?? (this.#processes[0] as Process)
    if (kind === 'get') return this.#get(app, id)
    if (kind === 'clear') return cache.clear()
    if (kind === 'pass') return passSeconds(40)
    // Until the requests under way have come to their handlers.
    if (kind === 'rest') return wait(3)
    const began = ++this.#ticks
    await this.#purge(kind, id, cache, app)
    for (const one of kind === 'all' || kind === 'route' ? IDS : [id])
      this.#purged.set(one, Math.max(began, this.#purged.get(one) ?? 0))
  }

  async #purge(kind: Step['kind'], id: string, cache: Cache, app: RequestListener): Promise<void> {
    if (kind === 'tag') await invalidateTags(`page:${id}`, { cache })
    else if (kind === 'all') await invalidateTags('pages', { cache })
    else if (kind === 'route') await invalidateRoute('/page/:id', { cache })
    else if (kind === 'post') await request(app).post(`/page/${id}`).expect(204)
    else await invalidatePage(`http://site.example/page/${id}`, { cache, soft: kind === 'soft' })
  }

  async #get(app: RequestListener, id: string): Promise<void> {
    const purged = this.#purged.get(id) ?? 0
    const { body, headers } = await request(app).get(`/page/${id}`).expect(200)
    if (headers.age !== undefined) this.hits += 1
    expect(body.id).toBe(id)
    expect(body.began).toBeGreaterThan(purged)
  }

  /** A page says when its rendering began. */
  #process(): Process {
    const cache = createCaches({ default: { store: this.#store } }).get('default')
    const app = express().use(siteCache({ cache, timeout: 100 }))
    app.get('/page/:id', async (req, res) => {
      const began = ++this.#ticks
      addCacheTags(res, 'pages', `page:${req.params.id}`)
      for (let i = 0; i < 3; i++) await Promise.all([this.#store.get('rendering takes a turn'), wait(2)])
      res.json({ id: req.params.id, began })
    })
    app.post('/page/:id', (_req, res) => void res.status(204).end())
    return { cache, app }
  }
}

describe('whatever is asked for, rendered, purged, cleared and expires, and in whatever order', () => {
  it('no page is answered whose rendering began before a purge of it which had ended: a store elsewhere', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 14 }),
        fc.infiniteStream(fc.nat({ max: 20 })),
        async (steps, picks) => {
          const store = new TurnStore()
          const world = new World(store)
          await store.play(
            inOrder(steps, (one) => world.run(one)),
            () => picks.next().value,
          )
          hits += world.hits
        },
      ),
      { ...whileThereIsTime, numRuns: 120 },
    )
    expect(hits).toBeGreaterThan(0)
  })

  it('nor from a store in this process', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 20 }), async (steps) => {
        const world = new World(memoryStore())
        await inOrder(steps, (one) => world.run(one))
        hits += world.hits
      }),
      { ...whileThereIsTime, numRuns: 120 },
    )
    expect(hits).toBeGreaterThan(0)
  })
})
