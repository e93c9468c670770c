import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type MariadbServer, startMariadb } from '@sitecache/test-support/servers/mariadb'
import { cacheOn, expectHitsAgain, expectMisses, watchFaults } from './faults.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let mariadb: MariadbServer
beforeAll(async () => {
  mariadb = await startMariadb()
}, 60_000)
watchFaults()
afterAll(() => mariadb.stop())

describe('MariaDB', () => {
  it('the table dropped: an error names the command that makes it', async () => {
    const { cache, table, errors } = await cacheOn(mariadb.url)
    await mariadb.query(`drop table ${table}`)
    await expectMisses(cache, errors)
    expect(String(errors)).toContain(`there is no table ${table}: make it with 'npx sitecache create-table'`)
  }, 60_000)

  it('the table locked for 5 seconds', async () => {
    const { cache, table, errors } = await cacheOn(mariadb.url)
    const connection = await mariadb.connect()
    await connection.query(`lock tables ${table} write`)
    const held = new Promise((resolve) => setTimeout(resolve, 5000))
    await expectMisses(cache, errors)
    await held
    await connection.query('unlock tables')
    connection.destroy()
    await expectHitsAgain(cache)
    // What was given up while the table was locked was not done later.
    expect(await cache.get('other')).toBeUndefined()
  }, 60_000)

  it('its connections cut', async () => {
    const { cache } = await cacheOn(mariadb.url)
    const ids = (await mariadb.query(
      'select id from information_schema.processlist where id <> connection_id() and user = "root"',
    )) as { id: number }[]
    expect(ids.length).toBeGreaterThan(0)
    for (const { id } of ids) await mariadb.query(`kill ${id}`).catch(() => {})
    await expectHitsAgain(cache)
  }, 60_000)

  it('paused: it holds its connections and answers nothing', async () => {
    const { cache, errors } = await cacheOn(mariadb.url, { poolSize: 2 })
    mariadb.process.pause()
    try {
      // Its threads stop one after the other.
      while ((await cache.get('k')) !== undefined);
      await expectMisses(cache, errors)
    } finally {
      mariadb.process.resume()
    }
    await expectHitsAgain(cache)
  }, 60_000)

  it('values over max_allowed_packet: they are skipped, and what is there stays a hit', async () => {
    const { cache, errors } = await cacheOn(mariadb.url, { timeoutMs: 10_000 })
    const large = Buffer.alloc(17 * 2 ** 20)
    await cache.set('large', 'old')
    for (let i = 0; i < 6; i += 1) await cache.set('large', large)
    expect(await cache.get('k')).toBe('value')
    // The value before it would be out of date.
    expect(await cache.get('large')).toBeUndefined()
    expect(await cache.setMany({ small: 1, large, other: 2 })).toEqual(['large'])
    expect(await cache.getMany(['small', 'other'])).toEqual(
      new Map([
        ['small', 1],
        ['other', 2],
      ]),
    )
    expect(errors).toEqual([])
    expect((await cache.stats()).skips).toEqual({ 'too-large': 6 })
  }, 60_000)
})
