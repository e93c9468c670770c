import { describe, expect, it } from '@jest/globals'
import {
  type Cache,
  createCaches,
  LockTimeoutError,
  memoryStore,
  SettingsError,
  type Store,
} from '@sitecache/core'
import { inTime, passMilliseconds, untilInTime, useFakeTime } from '@sitecache/test-support/fake-time'
import { TurnStore } from '@sitecache/test-support/turn-store'

const cacheOn = (store: Store): Cache => createCaches({ default: { store } }).get('default')

/** Compares nothing in one step: as a store of which the server has no such command. */
function openStore(): TurnStore {
  const store = new TurnStore()
  store.open = true
  return store
}

/** Time that a holder of a lock takes. */
const work = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

useFakeTime()

describe.each([
  ['that compares', () => memoryStore()],
  ['that does not compare', openStore],
])('a lease in a store %s', (_, makeStore) => {
  it('is one holder’s at a time, and the next one’s token is higher', async () => {
    const store = makeStore()
    const [one, other] = [cacheOn(store), cacheOn(store)]
    const lease = await one.lease('k', { ttlMs: 60_000 })
    expect([lease?.isHeld, await other.lease('k'), await one.lease('k')]).toEqual([
      true,
      undefined,
      undefined,
    ])
    expect(await other.lease('k', { version: 2 })).toBeDefined()
    expect(await lease?.renew()).toBe(true)
    await lease?.release()
    await lease?.release()
    expect([lease?.isHeld, await lease?.renew()]).toEqual([false, false])
    const next = await other.lease('k')
    expect(next?.token).toBeGreaterThan(lease?.token ?? Number.POSITIVE_INFINITY)
  })

  it('runs out, and is then neither renewed nor released by who had it', async () => {
    const store = makeStore()
    const [one, other] = [cacheOn(store), cacheOn(store)]
    const lost = await one.lease('k', { ttlMs: 50 })
    await passMilliseconds(51)
    expect(lost?.isHeld).toBe(false)
    let next = await other.lease('k', { ttlMs: 60_000 })
    await untilInTime(async () => {
      next ??= await other.lease('k', { ttlMs: 60_000 })
      return next !== undefined
    })
    expect(await lost?.renew()).toBe(false)
    await lost?.release()
    expect([await one.lease('k'), await next?.renew()]).toEqual([undefined, true])
  })

  it.each([[{ ttlMs: 0 }], [{ ttl: 5 }], [{ ttlMs: '5s' }]])('refuses %j', async (options) => {
    await expect(cacheOn(makeStore()).lease('k', options as object)).rejects.toThrow(SettingsError)
  })
})

describe.each([
  ['in this process', () => memoryStore()],
  ['elsewhere', openStore],
])('a lock in a store %s', (_, makeStore) => {
  it('runs one function at a time, and each of them', async () => {
    const store = makeStore()
    const caches = [cacheOn(store), cacheOn(store)]
    let [running, most, done] = [0, 0, 0]
    const tokens: number[] = []
    const runs = Array.from({ length: 12 }, (_, i) =>
      caches[i % 2]?.lock('k', async ({ token }) => {
        tokens.push(token)
        running += 1
        most = Math.max(most, running)
        await work(3)
        running -= 1
        done += 1
        return i
      }),
    )
    expect(await inTime(Promise.all(runs))).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect([most, done]).toEqual([1, 12])
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b))
    expect(new Set(tokens).size).toBe(12)
  })

  it('is free again when the function throws, and locks no other key', async () => {
    const cache = cacheOn(makeStore())
    const fail = () => Promise.reject(new Error('no database'))
    await expect(cache.lock('k', fail)).rejects.toThrow('no database')
    expect(await cache.lock('k', () => cache.lock('l', () => 'both'))).toBe('both')
  })

  it('is waited for no longer than its timeout, and the function does not run then', async () => {
    const cache = cacheOn(makeStore())
    let release = () => {}
    const held = cache.lock(
      'k',
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    await untilInTime(async () => (await cache.lease('k')) === undefined)
    const began = performance.now()
    let ran = false
    const late = cache.lock(
      'k',
      () => {
        ran = true
      },
      { timeout: 0.1 },
    )
    await expect(inTime(late)).rejects.toThrow(LockTimeoutError)
    await expect(cache.lock('k', () => {}, { timeout: 0 })).rejects.toThrow(/waited 0 ms for another holder/)
    expect([ran, performance.now() - began]).toEqual([false, 100])
    release()
    await held
    expect(await cache.lock('k', () => 'free')).toBe('free')
  })

  it('outlives its lease while its function runs', async () => {
    const cache = cacheOn(makeStore())
    let aborted: boolean | undefined
    const held = cache.lock('k', async ({ signal }) => {
      await work(6500)
      aborted = signal.aborted
    })
    await passMilliseconds(6000)
    expect(await cache.lease('k')).toBeUndefined()
    await inTime(held)
    expect([aborted, await cache.lock('k', () => 'free')]).toEqual([false, 'free'])
  })

  it.each([[{ timeout: 'soon' }], [{ wait: 5 }]])('refuses %j', async (options) => {
    await expect(cacheOn(makeStore()).lock('k', () => 1, options as object)).rejects.toThrow(SettingsError)
  })
})

describe('a store that is down', () => {
  it('keeps nobody out, and that is an error event', async () => {
    const store = openStore()
    store.failure = new Error('down')
    const cache = cacheOn(store)
    expect(await cache.lock('k', ({ token }) => token)).toBe(0)
    const lease = await cache.lease('k')
    expect([lease?.token, await lease?.renew(), await lease?.release()]).toEqual([0, true, undefined])
    expect((await cache.stats()).errors).toBe(2)
  })

  it('tells the function when its lease was lost', async () => {
    const store = openStore()
    const cache = cacheOn(store)
    const held = cache.lock('k', async ({ signal }) => {
      const [key = ''] = [...store.entries.keys()].filter((name) => name.includes('::lease:'))
      await store.delete(key)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return signal.reason
    })
    const reason = await inTime(held)
    expect(String(reason)).toMatch(/ran out while its holder was at work/)
    expect((await cache.stats()).errors).toBe(1)
  })
})
