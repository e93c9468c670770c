import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { commentFaults } from '../scripts/lib/comments.mjs'
import { floors, importCircles, importGraph, upwardImports } from '../scripts/lib/floors.mjs'
import { repeatedTypeNames } from '../scripts/lib/type-names.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = await readdir(join(root, 'packages'))

/** What a package may depend on of ours: dependencies point one way. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  http: [],
  express: ['@sitecache/core', '@sitecache/http'],
  redis: ['@sitecache/core'],
  file: ['@sitecache/core'],
  memcached: ['@sitecache/core'],
  session: ['@sitecache/core'],
  templates: ['@sitecache/core'],
  sql: ['@sitecache/core'],
  metrics: ['@sitecache/core', '@sitecache/http'],
  dashboard: ['@sitecache/core', '@sitecache/express', '@sitecache/http', '@sitecache/metrics'],
  doctor: ['@sitecache/core', '@sitecache/http'],
  cli: ['@sitecache/core', '@sitecache/doctor', '@sitecache/express', '@sitecache/http'],
}

async function sources(folder: string): Promise<string[]> {
  const files = await readdir(join(root, folder), { recursive: true })
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(root, folder, file))
}

async function imports(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8')
  const names = [...text.matchAll(/^(?:import|export)[^'"]*from '([^'.][^']*)'/gms)].map(
    ([, name = '']) => name,
  )
  return names.map((name) =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/'),
  )
}

describe.each(packages)('the package %s', (name) => {
  it('declares what it imports, and imports what it declares', async () => {
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(
      await readFile(join(root, 'packages', name, 'package.json'), 'utf8'),
    )
    const used = new Set((await Promise.all((await sources(`packages/${name}/src`)).map(imports))).flat())
    const foreign = [...used].filter(
      (module) => !module.startsWith('node:') && !builtinModules.includes(module),
    )
    const declared = Object.keys({ ...dependencies, ...peerDependencies }).map((module) =>
      module.replace('@types/', ''),
    )
    expect(foreign.filter((module) => !declared.includes(module))).toEqual([])
    // Most engines are handed over by the application; that they are peers says which versions are known to work.
    expect(Object.keys(dependencies).filter((module) => !foreign.includes(module))).toEqual([])
  })

  it('depends on none of ours but those below it', async () => {
    const { dependencies = {} } = JSON.parse(
      await readFile(join(root, 'packages', name, 'package.json'), 'utf8'),
    )
    const ours = Object.keys(dependencies).filter((module) => module.startsWith('@sitecache/'))
    expect(ours.sort()).toEqual(allowed[name])
  })

  it('tells values that are built in by `types` of node:util, in any realm', async () => {
    const files = await sources(`packages/${name}/src`)
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const builtIn = /instanceof (?:Array|ArrayBuffer|Buffer|Date|Map|Promise|RegExp|Set|Uint8Array)\b/
    expect(files.filter((_, i) => builtIn.test(String(texts[i])))).toEqual([])
  })

  it('makes contexts of asynchronous calls for a module alone: a process keeps each that it used', async () => {
    const files = await sources(`packages/${name}/src`)
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const made = texts.flatMap((text) => text.match(/.*\bnew AsyncLocalStorage\b.*/g) ?? [])
    expect(made.filter((line) => !/^const \w+ = new AsyncLocalStorage/.test(line))).toEqual([])
  })

  it('keeps no iterator of a Map or Set, which keeps each table that this has outgrown', async () => {
    const files = await sources(`packages/${name}/src`)
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const kept =
      /^ *(?:(?:private |readonly )*#?\w+|this\.#?\w+)(?:: [^=\n]*)? = this\.\S+\.(?:keys|values|entries)\(\)$/m
    expect(files.filter((_, i) => kept.test(String(texts[i])))).toEqual([])
  })

  it('has no file much above 300 lines', async () => {
    const files = await sources(`packages/${name}/src`)
    const lines = await Promise.all(
      files.map(async (file) => (await readFile(file, 'utf8')).trimEnd().split('\n').length),
    )
    expect(files.filter((_, i) => Number(lines[i]) > 305)).toEqual([])
  })
})

describe('the comments of the sources', () => {
  it('fit 100 columns, and name the thing or the person', async () => {
    const files = (await Promise.all(packages.map((name) => sources(`packages/${name}/src`)))).flat()
    const faults = await Promise.all(
      files.map(async (file) => {
        const found = commentFaults(await readFile(file, 'utf8'))
        return found.map((fault) => `${relative(root, file)}:${fault}`)
      }),
    )
    expect(faults.flat()).toEqual([])
  })
})

describe.each(Object.entries(floors))('the folders of %s', (name, order) => {
  const graph = importGraph(join(root, 'packages', name, 'src'))

  it('import from lower floors alone, types included', () => {
    expect(upwardImports(graph, order)).toEqual([])
  })

  it('have no circles of imports, not within a folder either', () => {
    expect(importCircles(graph)).toEqual([])
  })
})

describe('the names of types', () => {
  it('have one meaning: no two files export types of one name', () => {
    const repeated = repeatedTypeNames(
      root,
      packages.map((name) => `packages/${name}/src`),
    )
    expect([...repeated]).toEqual([])
  })
})

describe('the README', () => {
  it('has ten lines that work when they are pasted', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const [, example = ''] = /```js\n\/\/ site\.mjs\n([\s\S]*?)```/.exec(readme) ?? []
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(10)
    const program = `${example.replace('app.listen(3000)', 'const server = app.listen(0, "127.0.0.1")')}
      await new Promise((resolve) => server.once('listening', resolve))
      for (let i = 0; i < 2; i += 1) {
        const response = await fetch('http://127.0.0.1:' + server.address().port)
        console.log(response.headers.get('cache-status'), await response.text())
      }
      process.exit()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: join(root, 'test'),
    })
    const [first = '', second = ''] = stdout.trim().split('\n')
    expect(first).toMatch(/^sitecache; fwd=uri-miss; stored rendered at /)
    expect(second).toMatch(/^sitecache; hit; ttl=\d+ rendered at /)
    expect(second.split('rendered')[1]).toBe(first.split('rendered')[1])
  })
})
