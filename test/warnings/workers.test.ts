import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { testFolder } from '@sitecache/test-support/workspace'

const program = join(testFolder, 'warnings/support/workers.mjs')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sitecache-workers-'))
})

/** Runs it; answers the codes that the process warned of. */
async function run(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const { stderr } = await promisify(execFile)(process.execPath, [program], {
    cwd: testFolder,
    env: { ...process.env, FOLDER: folder, ...environment },
  })
  return [...stderr.matchAll(/\[(SITECACHE_\w+)\]/g)].map(([, code = '']) => code)
}

describe('SITECACHE_CLUSTER', () => {
  it('is told once by a worker that keeps pages in its own memory', async () => {
    expect(await run({ STORE: 'memory' })).toEqual(['SITECACHE_CLUSTER'])
  })

  it.each(['file', 'tiered'])('is not told of a %s store', async (store) => {
    expect(await run({ STORE: store })).toEqual([])
  })

  it('is not told outside of a cluster, nor where it is switched off', async () => {
    expect(await run({ STORE: 'memory', ALONE: '1' })).toEqual([])
    expect(await run({ STORE: 'memory', WARNINGS: '{"SITECACHE_CLUSTER":false}' })).toEqual([])
  })
})
