import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type PostgresServer, startPostgres } from '@sitecache/test-support/servers/postgres'
import { cacheOn, eventually, expectHitsAgain, expectMisses, watchFaults } from './faults.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
watchFaults()
afterAll(() => postgres.stop())

describe('PostgreSQL', () => {
  it('restarted: misses while it is away, hits when it is back', async () => {
    const { cache, errors } = await cacheOn(postgres.url)
    await postgres.shutDown()
    await expectMisses(cache, errors)
    expect(String(errors)).toMatch(/could not be reached|terminat/)
    await postgres.startAgain()
    await expectHitsAgain(cache)
  }, 60_000)

  it('the table dropped: an error names the command that makes it', async () => {
    const { cache, store, table, errors } = await cacheOn(postgres.url)
    await postgres.query(`drop table ${table}`)
    await expectMisses(cache, errors)
    expect(String(errors)).toContain(`there is no table ${table}: make it with 'npx sitecache create-table'`)
    await expect(store.check()).rejects.toThrow('npx sitecache create-table')
    await store.createTable()
    await expectHitsAgain(cache, () => cache.set('k', 'value'))
  }, 60_000)

  it('entries that may not be dropped: a warning, and the store goes on', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { cache, table, errors } = await cacheOn(postgres.url, { maxEntries: 1001, timeoutMs: 20_000 })
    await postgres.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'permission denied for table'; end $$;
      create trigger refuse before delete on ${table} execute function refuse()`)
    await eventually(async () => {
      await cache.set('k', 'value')
      return warnings.mock.calls.length > 0
    })
    expect(warnings.mock.calls).toEqual([
      [
        `Old entries could not be dropped from the table ${table}: permission denied for table`,
        expect.objectContaining({ code: 'SITECACHE_CULL' }),
      ],
    ])
    warnings.mockRestore()
    expect(errors).toEqual([])
    expect(await cache.get('k')).toBe('value')
  }, 60_000)

  it('the table locked for 5 seconds', async () => {
    const { cache, table, errors } = await cacheOn(postgres.url)
    const { ended } = await lockFor(5, table)
    await expectMisses(cache, errors)
    await ended
    await expectHitsAgain(cache)
    // What was given up while the table was locked was not done later.
    expect(await cache.get('other')).toBeUndefined()
  }, 60_000)

  it('its connections cut, idle and in the middle of a query', async () => {
    const { cache, table } = await cacheOn(postgres.url, { timeoutMs: 2000 })
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sitecache'`
    await postgres.query(cut)
    await expectHitsAgain(cache)
    const { ended } = await lockFor(1, table)
    const waiting = cache.get('k')
    await postgres.query(cut)
    expect(await waiting).toBeUndefined()
    await ended
    await expectHitsAgain(cache)
  }, 60_000)
})

/** Locks a table as an ALTER TABLE would; answers, when it has the lock, what resolves when it has ended. */
async function lockFor(seconds: number, table: string): Promise<{ ended: Promise<unknown> }> {
  const ended = postgres.query(
    `begin; lock table ${table} in access exclusive mode; select pg_sleep(${seconds}); commit`,
  )
  const held = `select 1 from pg_locks where relation = '${table}'::regclass and mode = 'AccessExclusiveLock'`
  const deadline = Date.now() + 10_000
  while ((await postgres.query(held)).rows.length === 0)
    if (Date.now() > deadline) throw new Error('nothing locked the table')
  return { ended }
}
