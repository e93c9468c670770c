import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'
import { RULES } from '../src/rules/index.js'
import { keySeeds } from './seeds/keys.js'
import { storeSeeds } from './seeds/stores.js'
import { storingSeeds } from './seeds/storing.js'

it('lists the rules as they are', async () => {
  const guide = await readFile(join(root, 'docs/guide/doctor.md'), 'utf8')
  const rows = [...guide.matchAll(/^\| `([a-z-]+)` +\| (.*?) *\| (.*?) *\| (.*?) *\|$/gm)]
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    RULES.map(({ name, title, when, remedy }) => [name, title, when, remedy]),
  )
})

it('tries each rule on an application', () => {
  const tried = new Set([...keySeeds, ...storingSeeds, ...storeSeeds].map(({ rule }) => rule))
  expect([...tried].sort()).toEqual(RULES.map(({ name }) => name).sort())
})
