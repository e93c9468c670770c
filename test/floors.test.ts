import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { importCircles, importGraph, upwardImports } from '../scripts/lib/floors.mjs'
import { repeatedTypeNames } from '../scripts/lib/type-names.mjs'

const order = [['low'], ['left', 'right', 'low/part'], ['index']]
const folders: string[] = []

/** Writes sources to a folder that is removed after the test. */
async function written(sources: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'floors-'))
  folders.push(folder)
  for (const [file, text] of Object.entries(sources)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  return folder
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
})

describe('the floors of a package', () => {
  it.each([
    ['an import', "import { a } from '../left/a.js'\na()"],
    ['a type-only import', "import type { A } from '../left/a.js'\nexport type B = A"],
    ['an import of a type among values', "import { type A } from '../left/a.js'\nexport type B = A"],
    ['a re-export', "export { a } from '../left/a.js'"],
    ['a re-export of everything', "export * from '../left/a.js'"],
    ['an import for its effect', "import '../left/a.js'"],
    ['an import while it runs', "export const load = () => import('../left/a.js')"],
    ['a type in place', "export type B = import('../left/a.js').A"],
  ])('see %s', async (_name, text) => {
    const folder = await written({ 'low/b.ts': `// A comment\n${text}\n`, 'left/a.ts': 'export {}\n' })
    expect(upwardImports(importGraph(folder), order)).toEqual(['low/b.ts → left/a.ts (up)'])
  })

  it('allow imports that go down or stay in a folder, and tests to import anything', async () => {
    const folder = await written({
      'index.ts': "export { a } from './left/a.js'\n",
      'left/a.ts': "import { b } from '../low/b.js'\nexport const a = b\n",
      'left/inner/c.ts': "export { a } from '../a.js'\n",
      'low/b.ts': 'export const b = 1\n',
      'low/part/d.ts': "export { b } from '../b.js'\n",
      'low/b.test.ts': "import '../index.js'\n",
    })
    expect(upwardImports(importGraph(folder), order)).toEqual([])
  })

  it('refuse imports between folders of one floor, and folders without a floor', () => {
    const graph = new Map([
      ['left/a.ts', ['right/b.ts']],
      ['right/b.ts', []],
      ['other/c.ts', []],
    ])
    expect(upwardImports(graph, order)).toEqual([
      'left/a.ts → right/b.ts (the same floor)',
      'other/c.ts (other has no floor in scripts/lib/floors.mjs)',
    ])
  })

  it('find circles, within a folder too', () => {
    const graph = new Map([
      ['low/a.ts', ['low/b.ts', 'low/d.ts']],
      ['low/b.ts', ['low/c.ts']],
      ['low/c.ts', ['low/a.ts']],
      ['low/d.ts', []],
    ])
    expect(importCircles(graph)).toEqual([['low/a.ts', 'low/b.ts', 'low/c.ts']])
  })
})

describe('repeated names of types', () => {
  it('are those that two files declare and export, not re-exports and locals', async () => {
    const root = await written({
      'one/a.ts':
        'export interface Twice {}\nexport type Once = 1\ninterface Local {}\nexport const f = (_: Local) => 1\n',
      'two/b.ts':
        "class Twice {}\nexport { Twice }\nexport type { Once } from '../one/a.js'\ninterface Local {}\nexport const g = (_: Local) => 1\n",
    })
    expect([...repeatedTypeNames(root, ['one', 'two'])]).toEqual([['Twice', ['one/a.ts', 'two/b.ts']]])
  })
})
