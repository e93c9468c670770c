import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore, SettingsError, siteCache } from '@sitecache/express'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import { keyOf } from '../src/examine/keys.js'
import { type Doctor, type DoctorOptions, doctor } from '../src/index.js'
import { BodyDigest } from '../src/sample/body-digest.js'
import { Columns, DECIMAL, sampleBytes, WHOLE } from '../src/sample/columns.js'
import { sampleOf } from '../src/sample/patient.js'
import { freshCache, page } from './seeds/keys.js'
import { atOnce } from './support/at-once.js'
import { replay } from './support/replay.js'
import './support/clock.js'

const SECRET = 'Zk9-secret-Zk9'

describe('a finding', () => {
  it('shows nothing that a visitor has sent but names', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache }))
    const nothing = page('Nothing')
    app.get('/moods/:what', (_req, res) => void res.vary('X-Mood').send(nothing))
    app.get('/cookies/:what', (_req, res) => void res.vary('Cookie').send(nothing))
    app.get('/private/:what', (_req, res) => void res.set('Cache-Control', 'private').send(nothing))
    app.get('/new/:what', (_req, res) => void res.cookie('seen', SECRET).send(nothing))
    app.get('/search/:what', (_req, res) => void res.send(nothing))
    const kinds = ['moods', 'cookies', 'private', 'new', 'search']
    const load = Array.from({ length: 300 }, (_, i) => ({
      at: i,
      path: `/${kinds[i % 5]}/${SECRET}${queryOf(i)}`,
      headers: { Cookie: `visit=${SECRET}${i}`, 'X-Mood': `${SECRET}${i}`, Host: `${SECRET}.example` },
    }))
    const { findings } = await replay([{ app, caches: [cache] }], load)
    const rules = [...new Set(findings.map(({ rule }) => rule))].sort()
    expect(rules).toEqual(['private', 'query-parameters', 'set-cookie', 'vary', 'vary-cookie'])
    expect(JSON.stringify(findings)).not.toContain(SECRET)
  })
})

/** Every fifth request has a query; every tenth also a name that no other has. */
function queryOf(i: number): string {
  if (i % 5 !== 4) return ''
  return `?q=${SECRET}${i}${i % 10 === 9 ? `&${SECRET}-${i}=1` : ''}`
}

function timesIn(columns: Columns): number[] {
  return atOnce(columns.map(({ at }, i) => at[i] ?? 0))
}

describe('the sample', () => {
  it('takes no more memory than it says, whatever is asked for', () => {
    const columns = new Columns(5000)
    const row = { whole: WHOLE.map(() => 1), decimal: DECIMAL.map(() => 1) }
    for (let at = 0; at < 50_000; at += 1)
      columns.add({ ...row, at, parts: Array.from({ length: at % 2 === 0 ? 288 : 3 }, () => 7) })
    expect(columns.bytes).toBeLessThanOrEqual(sampleBytes(5000))
    expect(timesIn(columns).at(-1)).toBe(49_999)
    expect(sampleBytes(100_000)).toBeLessThan(31 * 10 ** 6)
  })

  it('keeps the last look-ups, in their order', () => {
    const columns = new Columns(3000)
    const row = { whole: WHOLE.map(() => 1), decimal: DECIMAL.map(() => 1), parts: [] }
    for (let at = 0; at < 10_000; at += 1) columns.add({ ...row, at })
    const kept = timesIn(columns)
    expect(kept).toHaveLength(3000)
    expect(kept[0]).toBe(7000)
  })

  it('is taken while somebody wants it, and costs nothing afterwards', () => {
    const cache = freshCache()
    const [one, other] = [doctor({ caches: [cache] }), doctor({ caches: [cache] })]
    expect(cache.meter.sampler).toBeDefined()
    one.close()
    one.close()
    expect(cache.meter.sampler).toBeDefined()
    other.close()
    expect(cache.meter.sampler).toBeUndefined()
    expect(cache.meter.isHeard('evict')).toBe(false)
  })

  it('knows what a page is made of, and who asked', async () => {
    const cache = freshCache()
    const patient = sampleOf(cache, 1000)
    const app = express().use(siteCache({ cache }))
    app.get('/a', (req, res) => void res.vary('X-Mood').send(`a ${String(req.query.b)}`))
    const site = await serve(app)
    await ask(`${site}/a?b=1&b=2`, { 'X-Mood': 'good' })
    await ask(`${site}/a?b=1&b=2`, { 'X-Mood': 'bad' })
    await ask(`${site}/a?b=1&b=2`, { 'X-Mood': 'good' })
    const { lookUps } = atOnce(patient.sampled())
    patient.release()
    expect(lookUps.map(({ result }) => result)).toEqual(['miss', 'miss', 'hit'])
    const [first, second] = lookUps
    expect(first?.route).toBe('/a')
    const names: string[] = []
    first?.eachParam((name) => void names.push(name))
    first?.eachInput((name) => void names.push(name))
    expect(names).toEqual(['b', 'b', 'x-mood'])
    for (const keys of [lookUps.map(({ key }) => key), lookUps.map((it) => keyOf(it, {}))])
      expect([keys[0] === keys[1], keys[0] === keys[2]]).toEqual([false, true])
    const withoutMood = lookUps.map((it) => keyOf(it, { input: (name) => name !== 'x-mood' }))
    expect(new Set(withoutMood).size).toBe(1)
    expect(first?.body).toBe(second?.body)
  })
})

describe('a body', () => {
  it('may go on when its client is gone: no write fails, and nothing is held', async () => {
    const cache = freshCache()
    const patient = sampleOf(cache, 1000)
    const faults: unknown[] = []
    let gone: () => void = () => undefined
    const left = new Promise<void>((resolve) => {
      gone = resolve
    })
    const app = express().use(siteCache({ cache }))
    app.get('/slow', async (_req, res) => {
      res.write('begin')
      await left
      try {
        for (let i = 0; i < 50; i += 1) res.write('more')
        res.end('end')
      } catch (error) {
        faults.push(error)
      }
    })
    const site = await serve(app)
    const request = askInVain(`${site}/slow`)
    request.once('response', (res) => res.destroy())
    while (atOnce(patient.sampled()).lookUps.length === 0) await turn()
    gone()
    for (let i = 0; i < 5; i += 1) await turn()
    expect(faults).toEqual([])
    expect(atOnce(patient.sampled()).lookUps.map(({ reason }) => reason)).toEqual(['aborted'])
    patient.release()
  })

  it('is not hashed beyond some megabytes, and then said not to be known', () => {
    const digest = new BodyDigest()
    for (let i = 0; i < 5; i += 1) digest.add(Buffer.alloc(2 ** 20), undefined)
    expect(digest.end()).toBe(0)
    digest.add('late', 'utf8')
    expect(digest.take()).toBeUndefined()
  })
})

describe('doctor()', () => {
  const refusal = (options: object): string => {
    try {
      doctor(options as DoctorOptions).close()
    } catch (error) {
      return error instanceof SettingsError ? error.message : 'no SettingsError'
    }
    return 'taken'
  }

  it('refuses options that are unknown or not allowed', () => {
    expect(refusal({ sampel: 5 })).toBe('doctor.sampel is no option; there are: caches, sample')
    expect(refusal({ sample: 10 })).toBe('doctor.sample must be a whole number from 1000 to 1000000; got 10')
    expect(refusal({ caches: 'default' })).toMatch(/doctor.caches must be the result of createCaches\(\)/)
  })

  it('finds nothing where nothing was asked for', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const hitRate: Doctor = doctor({ caches })
    expect(await hitRate.findings()).toEqual([])
    hitRate.close()
    expect(await hitRate.findings()).toEqual([])
  })
})
