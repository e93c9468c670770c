import { describe, expect, it } from '@jest/globals'
import { memoryStore } from '@sitecache/core'
import { createCaches, siteCache } from '@sitecache/express'
import { atEnd } from '@sitecache/test-support/at-end'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import { makeDashboard } from '../src/dashboard.js'
import { MAX_BYTES, textOf } from '../src/figures/fit.js'
import { merge } from '../src/figures/merge.js'
import { parseSnapshot } from '../src/figures/parse.js'
import { Recorder } from '../src/figures/recorder.js'
import { columnsOf } from '../src/shared/ratios.js'
import { ask, boardSite, resultsIn, stateOf } from './support.js'

function recorder(now = () => Date.now(), maxRoutes = 200) {
  const caches = createCaches({ default: { store: memoryStore({ maxBytes: 4 * 2 ** 20 }) } })
  const made = new Recorder({ caches, groups: [], maxRoutes, id: 'one', now })
  atEnd(
    () => caches.close(),
    () => made.close(),
  )
  const cache = caches.get('default')
  const tell = (detail: object): void =>
    cache.meter.exchange({
      cache: 'default',
      result: 'hit',
      policy: 'django',
      status: 200,
      durationMs: 1,
      bytes: 100,
      source: 'cache',
      savedMs: 50,
      ...detail,
    })
  return { made, cache, tell }
}

describe('figures over time', () => {
  it('leave a window when its time is over', async () => {
    let time = Date.UTC(2026, 0, 1)
    const { made, tell } = recorder(() => time)
    const hits = async () => {
      const { minute, hour, day, all } = (await made.snapshot(true)).windows
      return [minute, hour, day, all].map((row) => columnsOf(row).hit)
    }
    for (let i = 0; i < 3; i += 1) tell({})
    expect(await hits()).toEqual([3, 3, 3, 3])
    time += 61_000
    expect(await hits()).toEqual([0, 3, 3, 3])
    time += 60 * 60_000
    tell({})
    expect(await hits()).toEqual([1, 1, 4, 4])
    time += 24 * 60 * 60_000
    expect(await hits()).toEqual([0, 0, 0, 4])
    expect(columnsOf((await made.snapshot(true)).windows.all).savedMs).toBe(200)
  })

  it('go on where the clock is set back', async () => {
    let time = Date.UTC(2026, 0, 1)
    const { made, tell } = recorder(() => time)
    tell({})
    time -= 3_600_000
    const hits = async () => {
      const { minute, hour, day } = (await made.snapshot(true)).windows
      return [minute, hour, day].map((window) => columnsOf(window).hit)
    }
    expect(await hits()).toEqual([1, 1, 1])
    tell({})
    expect(await hits()).toEqual([2, 2, 2])
    time += 3_600_000
    expect(await hits()).toEqual([0, 0, 2])
  })

  it('have charts that end now, without the zeros at their beginning', async () => {
    let time = Date.UTC(2026, 0, 1)
    const { made, tell } = recorder(() => time)
    tell({})
    time += 2000
    tell({})
    tell({})
    const { seconds, minutes, tens } = await made.snapshot(true)
    expect([seconds.columns.hit, minutes.columns.hit, tens.columns.hit]).toEqual([[1, 0, 2], [3], [3]])
    expect(seconds.last).toBe(time / 1000)
    expect(seconds.columns.miss).toBeUndefined()
  })
})

describe('what is kept', () => {
  it('is bounded under 100,000 routes and tags', async () => {
    const { made, cache, tell } = recorder()
    const many = 100_000
    for (let i = 0; i < many; i += 1) tell({ route: `/r/${i}`, result: 'unstorable', reason: 'private' })
    for (let i = 0; i < many; i += 1) cache.meter.invalidate('tag', 'hard', [`tag:${i}`])
    const snapshot = await made.snapshot(true)
    expect(snapshot.routes.length).toBeLessThanOrEqual(201)
    expect(snapshot.live).toHaveLength(200)
    expect(snapshot.purges.length).toBeLessThanOrEqual(100)
    const requests = snapshot.routes.reduce((sum, { results }) => sum + (results.unstorable ?? 0), 0)
    expect(requests).toBe(many)
    const text = textOf(snapshot)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES)
    // With fewer routes, the sums are the same.
    const parsed = parseSnapshot(text)
    expect(parsed?.routes.reduce((sum, { results }) => sum + (results.unstorable ?? 0), 0)).toBe(many)
    expect(parsed?.windows.all).toEqual(snapshot.windows.all)
  })

  it('fits in what others read, however much there is', async () => {
    let time = Date.UTC(2026, 0, 1)
    const { made, tell } = recorder(() => time)
    for (let i = 0; i < 3000; i += 1) {
      time += 1000
      for (const result of ['hit', 'stale', 'miss', 'unstorable', 'collapsed', 'bypass'])
        for (let n = 0; n < 3; n += 1)
          tell({
            result,
            route: `/a/rather/long/route/${i % 300}/:with/:parameters`,
            bytes: 123_456_789 + i,
            renderMs: i,
          })
    }
    const text = textOf(await made.snapshot(true))
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES)
    expect(parseSnapshot(text)).toBeDefined()
  })

  it('is nothing of a visitor', async () => {
    const { app, board, caches } = boardSite({ groups: [[/^user:/, 'user:*']] })
    atEnd(
      () => caches.close(),
      () => board.close(),
    )
    const url = await serve(app)
    await ask(`${url}/page/secret-17?token=secret-18`, { cookie: 'sid=secret-19', 'x-secret': 'secret-20' })
    await caches.get('default').getOrSet('user:secret-21', () => 'secret-22')
    await caches.get('default').invalidateTags('secret-23')
    await ask(`${url}/nothing/secret-24`)
    expect(JSON.stringify(await stateOf(url))).not.toContain('secret')
  })
})

describe('the figures of others', () => {
  const valid = async () => {
    const { made, tell } = recorder()
    tell({ route: '/a', result: 'miss', renderMs: 5 })
    return made.snapshot(true)
  }

  it('are added', async () => {
    const own = await valid()
    const other = { ...own, process: { ...own.process, id: 'two', instance: 'other' } }
    const state = merge(own, [other], 'bus')
    expect(columnsOf(state.windows.all).miss).toBe(2)
    expect(state.routes).toMatchObject([{ route: '/a', results: { miss: 2 }, render: { sum: 0.01 } }])
    expect(state.stores[0]?.limitBytes).toBe(8 * 2 ** 20)
    expect(state.processes.map(({ id }) => id)).toEqual(['one', 'two'])
    expect(state.seconds.columns.miss).toEqual([2])
    // Nor is a process added twice, nor the figures of other caches.
    const elsewhere = { ...other, process: { ...other.process, instance: 'third', scope: 'of others' } }
    expect(columnsOf(merge(own, [other, other, elsewhere], 'bus').windows.all).miss).toBe(2)
  })

  it('are read only as they are written', async () => {
    const snapshot = await valid()
    const text = textOf(snapshot)
    expect(parseSnapshot(text)).toBeDefined()
    const wrong = [
      '',
      'null',
      '[]',
      '{}',
      '{"v":1}',
      text.slice(0, -1),
      text.replace('"v":1', '"v":2'),
      text.replace('"inFlight":0', '"inFlight":"0"'),
      text.replace('"routes":[', '"routes":[null,'),
      text.replace('"miss":1', '"miss":null'),
      `${text}${' '.repeat(MAX_BYTES)}`,
      text.replace('"results":{', '"results":{"__proto__":"x",'),
    ]
    for (const each of wrong)
      expect([each.slice(0, 40), parseSnapshot(each)]).toEqual([each.slice(0, 40), undefined])
    const polluting = parseSnapshot(text.replace('"results":{', '"results":{"__proto__":7,"constructor":7,'))
    const others = polluting === undefined ? [] : [polluting]
    const named = others.map((it) => ({ ...it, process: { ...it.process, instance: 'other' } }))
    const state = merge(snapshot, named, 'bus')
    expect(state.routes[0]?.results.miss).toBe(2)
    expect(Reflect.get({}, '7')).toBeUndefined()
  })
})

describe('the charts of others', () => {
  it('are left out where their clocks are far off, or their steps are others', async () => {
    const { made, tell } = recorder()
    tell({})
    const own = await made.snapshot(true)
    const process = { ...own.process, instance: 'other' }
    for (const seconds of [
      { ...own.seconds, last: 1e300 },
      { ...own.seconds, last: own.seconds.last + 3600 },
      { ...own.seconds, step: 7 },
    ]) {
      const state = merge(own, [{ ...own, process, seconds }], 'bus')
      expect([state.seconds.last, state.seconds.columns.hit]).toEqual([own.seconds.last, [1]])
    }
  })
})

describe('a dashboard', () => {
  it('counts refreshes as renders, and as no requests', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const board = makeDashboard({ caches, authorize: () => true }, () => Date.now())
    atEnd(
      () => caches.close(),
      () => board.close(),
    )
    const app = express().use('/cache', board)
    app.use(siteCache({ caches, timeout: 600, staleWhileRevalidate: 600 }))
    app.get('/page/:id', (_req, res) => void res.send('page'))
    const url = await serve(app)
    await ask(`${url}/page/1`)
    await caches.get('default').clear()
    await ask(`${url}/page/1`)
    expect(resultsIn(await stateOf(url))).toEqual({ miss: 2 })
    const { purges } = await stateOf(url)
    expect(purges.map(({ by, mode }) => [by, mode])).toEqual([['clear', 'hard']])
  })

  it('stops counting once it is closed, and the caches pay nothing any more', async () => {
    const { board, cache } = boardSite()
    expect(cache.meter.isHeard('exchange')).toBe(true)
    await board.close()
    for (const event of ['exchange', 'operation', 'value', 'compute', 'invalidate'] as const)
      expect(cache.meter.isHeard(event)).toBe(false)
  })
})
