import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { floors } from '../scripts/lib/floors.mjs'
import { documents } from '../scripts/lib/snippets/read.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const all = [...documents(), 'SECURITY.md', 'CODE_OF_CONDUCT.md'].sort()

const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8')

/** Anchor that a heading has on GitHub. */
function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '')
  return plain.trim().replace(/\s/g, '-')
}

async function anchorsIn(file: string): Promise<string[]> {
  const text = (await read(file)).replace(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

/** Source files of all packages, and of the tests and scripts, by which documents may name them. */
async function sourceFiles(): Promise<string[]> {
  const folders = ['packages', 'test', 'scripts', 'docs/snippets']
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true })).map((file) => `/${folder}/${file}`),
    ),
  )
  return files.flat().filter((file) => !file.includes('node_modules') && !file.includes('/dist/'))
}

/** `pages/fence.ts` of the package express may be written `express/src/pages/fence.ts`, too. */
function isNamed(name: string, files: readonly string[]): boolean {
  const spellings = [`/${name}`, `/${name.replace(/^(core|http|express)\//, 'packages/$1/src/')}`]
  return files.some((file) => spellings.some((spelling) => file.endsWith(spelling)))
}

const internals = all.filter((file) => /^docs\/internals|^CONTRIBUTING/.test(file))
const files = await sourceFiles()

describe.each(all)('%s', (document) => {
  it('has no link that leads nowhere', async () => {
    const text = (await read(document)).replace(/^```[\s\S]*?^```/gm, '')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target)
    const broken: string[] = []
    for (const target of targets) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? document : relative(root, join(root, dirname(document), path))
      const isThere = existsSync(join(root, file))
      if (!isThere || (anchor !== undefined && !(await anchorsIn(file)).includes(anchor))) broken.push(target)
    }
    expect(broken).toEqual([])
  })
})

describe.each(internals)('%s', (document) => {
  it('names only files that are there', async () => {
    const text = await read(document)
    const names = [...text.matchAll(/`([\w./-]+\.(?:ts|mjs))`/g)].map(([, name = '']) => name)
    expect(names.filter((name) => name !== 'packages/X/src/foo.test.ts' && !isNamed(name, files))).toEqual([])
  })
})

describe('docs/internals/invariants.md', () => {
  it('quotes titles of tests that are there', async () => {
    const lines = (await read('docs/internals/invariants.md')).split('\n')
    const missing: string[] = []
    for (const line of lines) {
      const [, file] = /^- \[([^\]]+)\]/.exec(line) ?? []
      if (file === undefined) continue
      const titles = [...line.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)
      const source = await read(file)
      missing.push(...titles.filter((title) => !source.includes(title)))
    }
    expect(missing).toEqual([])
  })
})

describe('docs/internals/architecture.md', () => {
  it.each(Object.entries(floors))('has the floors of %s', async (name, order) => {
    const [, section = ''] = (await read('docs/internals/architecture.md')).split(`### ${name}\n`)
    const [table = ''] = section.split('\n#')
    const rows = [...table.matchAll(/^\| (\d+) +\| (.+?) +\|/gm)]
    const shown = rows.flatMap(([, floor = '', cell = '']) =>
      [...cell.matchAll(/`([^`]+?)(?:\/|\.ts)`/g)].map(([, folder = '']) => `${floor} ${folder}`),
    )
    const expected = order.flatMap((floor, i) => floor.map((folder) => `${i + 1} ${folder}`))
    expect(shown.sort()).toEqual(expected.sort())
  })
})
