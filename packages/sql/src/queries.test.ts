import { describe, expect, it } from '@jest/globals'
import type { CompiledQuery } from 'kysely'
import Database from 'libsql'
import { queriesOf } from './queries.js'
import { creation } from './table.js'

const queries = queriesOf('sqlite', 'entries')
const database = new Database(':memory:')
for (const statement of creation('sqlite', 'entries')) database.exec(statement)

/** How SQLite would go about a query. */
function planOf({ sql, parameters }: CompiledQuery): string {
  const steps = database.prepare(`explain query plan ${sql}`).all([...parameters])
  return JSON.stringify(steps)
}

const id = Buffer.from('k')
const row = { id, fullkey: null, value: id, expires: null }

describe('queries in SQLite', () => {
  it.each([
    ['get', queries.get({ id, now: 1 })],
    ['has', queries.has({ id, now: 1 })],
    ['getMany', queries.getMany([id, id], 1)],
    ['set', queries.set(row)],
    ['add', queries.add({ ...row, now: 1 })],
    ['touch', queries.touch({ id, now: 1, expires: 2 })],
    ['incr', queries.incr({ id, now: 1, delta: 1 })],
    ['delete', queries.delete({ id, now: 1 })],
    ['deleteMany', queries.deleteMany([id, id], 1)],
    ['drop of the expired', queries.drop({ expiredAt: 1 }, 10)],
    ['evict of the soonest', queries.evict('expiring soonest', 10)],
    ['evict of the endless', queries.evict('never expiring', 10)],
    ['drop of a prefix', queries.drop({ within: { from: id, to: id, fullkey: null } }, 10)],
  ])('%s goes by an index, and sorts nothing', (_, query) => {
    const plan = query === undefined ? 'SCAN' : planOf(query)
    expect(plan).not.toMatch(/SCAN entries|TEMP B-TREE/)
  })
})
