import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Cache } from '@sitecache/core'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { testFolder } from '@sitecache/test-support/workspace'
import { BOUND, cacheOn, expectHitsAgain, watchFaults } from './faults.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('sqlite')
})
watchFaults()
afterAll(() => rm(folder, { recursive: true }))

describe('SQLite, its file locked by another process', () => {
  it('reads all the same; what can not be written is an error in time', async () => {
    const file = join(folder, 'cache.db')
    const { cache, errors } = await cacheOn(`sqlite://${file}`)
    const program = `
      const Database = require('libsql')
      const database = new Database(process.argv[1])
      database.exec('begin immediate')
      console.log('locked')
      setInterval(() => {}, 1000)`
    const holder = execFile(process.execPath, ['-e', program, file], {
      cwd: testFolder,
    })
    try {
      await new Promise((resolve) => holder.stdout?.once('data', resolve))
      await expectNoWrite(cache, errors)
    } finally {
      // It frees the lock as it ends.
      const ended = new Promise((resolve) => holder.once('exit', resolve))
      holder.kill('SIGKILL')
      await ended
    }
    await expectHitsAgain(cache)
  })
})

/** Nothing can be written, which the process is not held up by; and everything be read. */
async function expectNoWrite(cache: Cache, errors: unknown[]): Promise<void> {
  const elapsed = stopwatch()
  let turns = 0
  const ticking = setInterval(() => {
    turns += 1
  }, 5)
  await cache.set('k', 'newer')
  clearInterval(ticking)
  expect(elapsed()).toBeLessThan(BOUND)
  // The process went on with its other work meanwhile.
  expect(turns).toBeGreaterThan(3)
  // However many writes fail, reads go on.
  for (let i = 0; i < 5; i += 1) await cache.set('k', 'newer')
  expect(await cache.get('k')).toBe('value')
  expect(String(errors)).toMatch(/locked by another process|did not answer/)
}
