import { describe, expect, it, jest } from '@jest/globals'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { type RedisServer, startRedis, until } from '@sitecache/test-support/servers/redis'
import { rendersOf, SiteProcess, startSites } from '@sitecache/test-support/site-process'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { bodies, FourSites, lead, times } from './four-sites.js'

jest.setTimeout(40_000)

const four = new FourSites()

describe('a render of another process that comes to nothing', () => {
  it.each(['error', 'abort'] as const)(
    'by an %s is tried once more, by one of those who wait',
    async (how) => {
      await four.behave({ ms: 400 })
      const [path, before] = [four.newPage(), rendersOf(four.sites)]
      const { first } = four
      // One that hangs is aborted in time, however late this machine is.
      await first.behave({ as: how === 'error' ? 'error' : 'hang' })
      const leader = how === 'abort' ? askInVain(first.url(path)) : ask(first.url(path))
      await until(() => rendersOf(four.sites) > before)
      const asked = four.askOthers(path, 10)
      await new Promise((resolve) => setTimeout(resolve, 150))
      if ('destroy' in leader) leader.destroy()
      else expect(await leader).toMatchObject({ status: 500 })
      const answers = await Promise.all(asked)
      expect(bodies(answers).size).toBe(1)
      expect(answers[0]?.status).toBe(200)
      expect(rendersOf(four.sites) - before).toBe(2)
    },
  )

  it('each time is for each to see, not one after the other', async () => {
    await four.behave({ ms: 400, as: 'error' })
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    const elapsed = stopwatch()
    const answers = await four.ask(path, 40)
    expect(bodies(answers)).toEqual(new Set(['500']))
    // Two in turn; then those of each process wait for one another twice, as ever. All in turn would be 16 seconds.
    expect(elapsed()).toBeLessThan(8000)
    expect(rendersOf(four.sites) - before).toBeGreaterThan(3)
  })

  it('for it hangs lets the others go after lockTimeout, and holds up nobody who comes later', async () => {
    const hasty = await startSites(2, four.url, { lock: true, lockTimeout: 1 })
    const [one, other] = hasty as [SiteProcess, SiteProcess]
    await one.behave({ as: 'hang' })
    await other.behave({ headers: { 'Cache-Control': 'private' } })
    const path = four.newPage()
    await lead(one, path)
    const [began, elapsed] = [performance.now(), stopwatch()]
    await ask(other.url(path))
    expect(performance.now() - began).toBeGreaterThan(300)
    expect(elapsed()).toBeLessThan(3000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await other.behave({ headers: { 'Cache-Control': 'max-age=60' } })
    const elapsedLater = stopwatch()
    expect((await ask(other.url(path))).status).toBe(200)
    expect(elapsedLater()).toBeLessThan(500)
    one.signal('SIGKILL')
    await Promise.all([one.end(), other.end()])
  })

  it('for its process was killed is begun by one of those who wait, when its lease is over', async () => {
    await four.behave({ ms: 200 })
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    // Its lease is shorter than the others wait: a page that comes at their last moment is too late.
    const doomed = await new SiteProcess(four.url, { lock: true, lockTimeout: 1 }).ready()
    await doomed.behave({ ms: 60_000 })
    await lead(doomed, path)
    doomed.signal('SIGKILL')
    await doomed.end()
    const elapsed = stopwatch()
    const answers = await four.ask(path, 80)
    expect(elapsed()).toBeLessThan(6000)
    expect(bodies(answers).size).toBe(1)
    expect(rendersOf(four.sites) - before).toBe(1)
  })
})

describe('a process that stood still beyond its lease', () => {
  it('does not put its page in the place of the newer one', async () => {
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    const stopped = await new SiteProcess(four.url, { lock: true }).ready()
    await stopped.behave({ ms: 500 })
    const { answer } = await lead(stopped, path)
    stopped.signal('SIGSTOP')
    const [newer] = await Promise.all(four.askOthers(path, 5))
    expect(rendersOf(four.sites) - before).toBe(1)
    stopped.signal('SIGCONT')
    const late = await answer
    expect(late).toMatchObject({ status: 200 })
    expect(late.body).not.toBe(newer?.body)
    // All that it had to write is written when it has ended.
    expect(await stopped.end()).toBe(0)
    const after = await Promise.all(four.sites.map((site) => ask(site.url(path))))
    expect(bodies(after)).toEqual(new Set([newer?.body]))
    for (const { cacheStatus } of after) expect(cacheStatus).toMatch(/; hit/)
  })

  it('keeps it where there is none', async () => {
    const path = four.newPage()
    const slow = await new SiteProcess(four.url, { lock: true, lockTimeout: 0.3 }).ready()
    await slow.behave({ ms: 1000 })
    const { body } = await ask(slow.url(path))
    expect(await slow.end()).toBe(0)
    expect(await ask(four.first.url(path))).toMatchObject({ body })
  })
})

describe('a page that is nobody else’s', () => {
  it('lets the others go at once, and they don’t queue for a while', async () => {
    await four.behave({ ms: 800, as: 'private' })
    const [path, before] = [four.newPage(), rendersOf(four.sites)]
    const elapsed = stopwatch()
    const answers = await four.ask(path, 40)
    expect(bodies(answers).size).toBe(40)
    expect(rendersOf(four.sites) - before).toBe(40)
    // One, and then all the others side by side; in turn it would be 32 seconds.
    expect(elapsed()).toBeLessThan(6000)
    const newcomers = await startSites(2, four.url, { lock: true })
    await Promise.all(newcomers.map((site) => site.behave({ ms: 2000, as: 'private' })))
    const elapsedLater = stopwatch()
    const more = await Promise.all(times(20, (i) => ask(newcomers[i % 2]?.url(path) ?? '')))
    expect(bodies(more).size).toBe(20)
    expect(elapsedLater()).toBeLessThan(3800)
    await Promise.all(newcomers.map((site) => site.end()))
  })
})

describe('a Redis that fails', () => {
  it.each<[string, (redis: RedisServer) => unknown]>([
    ['is killed', (redis) => redis.kill()],
    ['answers nothing any more', (redis) => redis.pause()],
  ])('and %s while processes wait holds up nobody', async (_, breaks) => {
    const redis = await startRedis()
    const [one, other] = (await startSites(2, redis.url, { lock: true, lockTimeout: 20 })) as [
      SiteProcess,
      SiteProcess,
    ]
    try {
      await one.behave({ ms: 6000 })
      const { answer } = await lead(one, '/page')
      const asked = times(20, () => ask(other.url('/page')))
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(other.renders).toBe(0)
      await breaks(redis)
      const elapsed = stopwatch()
      expect(bodies(await Promise.all(asked)).has('200')).toBe(false)
      expect(elapsed()).toBeLessThan(4000)
      expect(await answer).toMatchObject({ status: 200 })
      await other.behave({})
      expect(other.errors).toBeGreaterThan(0)
    } finally {
      one.signal('SIGKILL')
      other.signal('SIGKILL')
      await Promise.all([one.end(), other.end()])
      redis.resume()
      await redis.stop()
    }
  })
})
