import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { storeContract, type TestGlobals } from '@sitecache/core/testing'
import { sqlStore } from '@sitecache/sql'
import type { MariadbDatabase } from '@sitecache/test-support/servers/mariadb'
import type { PostgresDatabase } from '@sitecache/test-support/servers/postgres'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { sharedMariadb, sharedPostgres } from '@sitecache/test-support/servers/shared'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const globals: TestGlobals = {
  describe,
  it,
  expect: (value) => expect(value) as ReturnType<TestGlobals['expect']>,
}

let postgres: PostgresDatabase
let mariadb: MariadbDatabase
let folder: string
beforeAll(async () => {
  ;[postgres, mariadb, folder] = await Promise.all([
    sharedPostgres(),
    sharedMariadb(),
    temporaryFolder('sqlite'),
  ])
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

let tables = 0

/** A store in a table of its own. */
async function made(url: string, now: () => number) {
  tables += 1
  const store = sqlStore(url, { table: `contract_${tables}`, now, timeoutMs: 10_000 })
  await store.createTable()
  return store
}

storeContract('PostgreSQL', ({ now }) => made(postgres.url, now), { globals })
storeContract('PostgreSQL over its Unix socket', ({ now }) => made(postgres.socketUrl, now), { globals })
storeContract('MariaDB', ({ now }) => made(mariadb.url, now), { globals })
storeContract('MariaDB over its Unix socket', ({ now }) => made(mariadb.socketUrl, now), { globals })
storeContract('an SQLite file', ({ now }) => made(`sqlite://${join(folder, 'cache.db')}`, now), { globals })
storeContract('SQLite in memory', ({ now }) => made('sqlite::memory:', now), { globals })
