import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Tarballs } from '@sitecache/test-support/servers/packed'
import { sharedTarballs } from '@sitecache/test-support/servers/shared'
import { Project } from './project.js'

/** A compiler takes its time on a busy machine. */
const LONGEST_MS = 180_000

let tarballs: Tarballs
beforeAll(async () => {
  tarballs = await sharedTarballs()
}, LONGEST_MS)

/** Loads the packages in every way there is, and compares. */
const mixed = `
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import * as core from '@sitecache/core'
import * as imported from '@sitecache/express'
const required = createRequire(import.meta.url)('@sitecache/express')
const dynamic = await import('@sitecache/express')

for (const [name, value] of Object.entries(required)) {
  assert.equal(imported[name], value, name)
  assert.equal(dynamic[name], value, name)
}
const { cache } = imported
required.configure({ default: 'memory:', pages: 'memory:' })
await imported.caches.get('pages').set('k', 1)
assert.equal(await required.caches.get('pages').get('k'), 1)
await cache.set('default', 1)
assert.equal(await required.cache.get('default'), 1)
required.hole('one', () => '')
assert.throws(() => imported.hole('one', () => ''), core.SettingsError)
assert.throws(() => required.caches.get('none'), (error) => error instanceof core.UnknownCacheError)
`

describe('a process that imports and requires the packages', () => {
  it.each([
    ['Node', [], []],
    ['tsx', ['tsx'], ['--import', 'tsx']],
  ])(
    'has one state, under %s',
    async (_, tools, args) => {
      const project = await Project.make(tarballs, tools)
      await project.write({ 'package.json': { private: true }, 'mixed.mjs': mixed })
      expect(await project.node(...args, 'mixed.mjs')).toEqual({ code: 0, output: '' })
    },
    LONGEST_MS,
  )

  it(
    'has one state in Jest with native ES modules',
    async () => {
      const project = await Project.make(tarballs, ['jest'])
      await project.write({
        'package.json': { private: true, jest: { transform: {}, testMatch: ['**/*.test.mjs'] } },
        'mixed.test.mjs': `${mixed}\ntest('one state', () => {})`,
      })
      const { code, output } = await project.node(
        '--experimental-vm-modules',
        '--no-warnings',
        'node_modules/jest/bin/jest.js',
        '--ci',
        '--watchman=false',
      )
      expect([code, output]).toEqual([0, expect.stringContaining('1 passed')])
    },
    LONGEST_MS,
  )
})
