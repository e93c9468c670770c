import { afterAll, describe, expect, it } from '@jest/globals'
import { type Caches, createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { engines } from './engines.js'
import { site } from './views.js'

const server = await startRedis()
const opened: Caches[] = []
afterAll(async () => {
  await Promise.all(opened.map((caches) => caches.close()))
  await server.stop()
})

function connect(keyPrefix: string): Caches {
  const caches = createCaches({ default: { store: redisStore(server.url, { timeoutMs: 5000 }), keyPrefix } })
  opened.push(caches)
  return caches
}

describe.each(Object.entries(engines))('fragments of %s in Redis', (name, engine) => {
  const { block, call, text } = engine
  const inner = block({ timeout: '60', name: 'inner', vary: 'user', body: call('tick') })
  const page = text('a') + block({ timeout: '60', body: text('(') + inner + text(')') }) + text('b')

  it('are rendered by one of two processes, and shown by both', async () => {
    const [one, other] = await Promise.all([
      site(engine, { page }, connect(name)),
      site(engine, { page }, connect(name)),
    ])
    const shown = await Promise.all(Array.from({ length: 10 }, () => one.show('page', { user: 'Ada' })))
    expect(new Set(shown)).toEqual(new Set(['a([1])b']))
    expect(one.ticks()).toBe(1)
    expect(await other.show('page', { user: 'Ada' })).toBe('a([1])b')
    expect(other.ticks()).toBe(0)
  })
})

describe('Redis that does not answer', () => {
  it('costs a page no more than its bound, whatever the engine', async () => {
    const sites = await Promise.all(
      Object.values(engines).map(({ block, call, ...engine }) => {
        const page = block({ timeout: '60', body: call('tick') })
        return site({ block, call, ...engine }, { page }, connect('paused'))
      }),
    )
    server.pause()
    try {
      const elapsed = stopwatch()
      const shown = await Promise.all(sites.map(({ show }) => show('page')))
      expect(shown).toEqual(sites.map(() => '[1]'))
      expect(elapsed()).toBeLessThan(5000)
    } finally {
      server.resume()
    }
  })
})
