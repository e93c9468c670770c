import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { type Cache, createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { Load } from '@sitecache/test-support/load'
import { catchUp, startReplication, until } from '@sitecache/test-support/servers/redis'
import { commandsOf } from '@sitecache/test-support/servers/redis-stats'

jest.setTimeout(30_000)

const { leader, replicas } = await startReplication(2)
const [first, second] = replicas
const all = [leader, ...replicas]
if (first === undefined || second === undefined) throw new Error('no replicas')
afterAll(async () => {
  await Promise.all(all.map((server) => server.stop()))
})

let cache: Cache
beforeEach(async () => {
  cache = createCaches({ default: { store: redisStore(all.map(({ url }) => url)) } }).get('default')
  await cache.set('page', 'body', 60)
  await catchUp(leader, replicas.length)
  await usesReplicas()
})
afterEach(() => cache.close())

/** Replicas are connected to when they are first asked, and until then the leader answers. */
async function usesReplicas(): Promise<void> {
  await until(async () => !('get' in (await commandsOf(leader, () => cache.get('page')))))
}

async function readMany(times: number): Promise<number> {
  let hits = 0
  for (let i = 0; i < times; i++) if ((await cache.get('page')) === 'body') hits++
  return hits
}

describe('a leader and read replicas', () => {
  it('reads from each replica, and writes to the leader', async () => {
    const work = async () => {
      expect(await readMany(50)).toBe(50)
      await cache.getMany(['page', 'none'])
      await cache.has('page')
      await cache.set('other', 1, 60)
      await cache.add('new', 1, 60)
      await cache.incr('other')
      await cache.touch('other', 90)
      await cache.delete('new')
    }
    const ofFirst = commandsOf(first, () => commandsOf(second, work).then((ofSecond) => found.push(ofSecond)))
    const found: Record<string, number>[] = []
    const ofLeader = await commandsOf(leader, async () => void found.push(await ofFirst))
    const [ofSecond, fromFirst] = found
    // The one look that incr takes at the value.
    expect(ofLeader.get).toBe(1)
    expect(Object.keys(ofLeader)).toEqual(expect.arrayContaining(['set', 'evalsha', 'unlink']))
    expect((ofSecond?.get ?? 0) + (fromFirst?.get ?? 0)).toBeGreaterThanOrEqual(50)
    expect(Math.min(ofSecond?.get ?? 0, fromFirst?.get ?? 0)).toBeGreaterThan(5)
  })

  it('reads from the next, or the leader, when a replica is killed, and from it again when it is back', async () => {
    const errors: string[] = []
    cache.on('error', ({ error }) => errors.push(String(error)))
    await first.kill()
    expect(await readMany(50)).toBe(50)
    await second.kill()
    expect(await readMany(50)).toBe(50)
    expect(errors).toEqual([])
    await Promise.all([first.start(), second.start()])
    await usesReplicas()
  })

  it('loses no request to a paused replica', async () => {
    const load = new Load(cache)
    await load.hitsOnly()
    first.pause()
    await until(() => load.tally.hits > 200)
    const { misses, errors } = load.take()
    await load.stop()
    first.resume()
    expect({ misses, errors, rejected: load.rejected }).toEqual({ misses: 0, errors: 0, rejected: 0 })
    expect(load.slowest).toBeLessThan(1000)
  })

  it('reads on while the leader is away, and says what is wrong with a write', async () => {
    const errors: string[] = []
    cache.on('error', ({ error }) => errors.push(String(error)))
    await leader.kill()
    expect(await readMany(20)).toBe(20)
    await cache.set('page', 'new', 60)
    expect(errors.join()).toMatch(new RegExp(`Redis at 127\\.0\\.0\\.1:${leader.port}`))
    await leader.start()
  })
})

describe('a list of servers', () => {
  it.each([
    ['apart by commas in one URL', () => all.map(({ port }) => `127.0.0.1:${port}`).join(',')],
    ['apart by semicolons', () => all.map(({ port }) => `127.0.0.1:${port}`).join(';')],
    ['as URLs apart by commas', () => all.map(({ url }) => url.replace('redis://', '')).join(', redis://')],
  ])('may stand %s', async (_, hosts) => {
    const store = redisStore(`redis://${hosts()}`, { timeoutMs: 5000 })
    await store.check()
    const commands = await commandsOf(leader, () => store.set('k', Buffer.from('v'), null))
    expect(commands).toEqual({ set: 1 })
    await store.close()
  })
})
