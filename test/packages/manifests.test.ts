import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'
import { esmEntries } from '../../scripts/lib/esm-entries.mjs'
import { type Manifest, packageFolders, readManifest } from '../../scripts/lib/packages.mjs'

const repository = 'https://github.com/sitecache/sitecache'
const packages = packageFolders(root).map((folder): [string, string, Manifest] => [
  basename(folder),
  folder,
  readManifest(folder),
])

/** Every package that an installation of this one brings, optional ones too: folder and manifest. */
function closure(folder: string, seen = new Map<string, Manifest>()): Map<string, Manifest> {
  const manifest = readManifest(folder)
  if (seen.has(folder)) return seen
  seen.set(folder, manifest)
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const found = folderOf(name, folder)
    if (found !== undefined) closure(found, seen)
  }
  return seen
}

function folderOf(name: string, from: string): string | undefined {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
  }
  return undefined
}

describe.each(packages)('the package.json of %s', (name, folder, manifest) => {
  it('says what the package is, and where it comes from', () => {
    expect(manifest).toMatchObject({
      name: `@sitecache/${name}`,
      license: 'MIT',
      homepage: `${repository}/tree/main/packages/${name}#readme`,
      bugs: { url: `${repository}/issues` },
      repository: { type: 'git', url: `git+${repository}.git`, directory: `packages/${name}` },
      engines: { node: '>=20.19' },
      sideEffects: false,
      publishConfig: { access: 'public', provenance: true },
      files: expect.arrayContaining(['dist', '!dist/.tsbuildinfo', 'CHANGELOG.md']),
    })
    expect(String(manifest.description).length).toBeGreaterThan(20)
    expect(manifest.keywords).toContain('sitecache')
    expect(manifest.keywords?.length).toBeGreaterThan(4)
  })

  it('has the version of all the others', () => {
    expect(new Set(packages.map(([, , { version }]) => version)).size).toBe(1)
  })

  it('has entries for import and require, and for tools that know neither', () => {
    const { '.': main, './package.json': itself, ...entries } = manifest.exports
    expect([manifest.main, manifest.types, itself]).toEqual([
      './dist/index.cjs',
      './dist/index.d.ts',
      './package.json',
    ])
    expect(main?.require).toEqual({ types: manifest.types, default: manifest.main })
    for (const [path, entry] of Object.entries({ '.': main, ...entries })) {
      const base = entry?.require?.default.replace(/\.cjs$/, '')
      expect(entry).toEqual({
        import: { types: `${base}.d.mts`, default: `${base}.mjs` },
        require: { types: `${base}.d.ts`, default: `${base}.cjs` },
      })
      for (const file of ['.js', '.cjs', '.mjs', '.d.ts', '.d.mts'])
        expect(existsSync(join(folder, base + file))).toBe(true)
      if (path !== '.') expect(manifest.typesVersions?.['*']?.[path.slice(2)]).toEqual([`${base}.d.ts`])
    }
  })

  it('takes any compatible version of the others: two copies would be two states', () => {
    const ours = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    expect(ours.filter(([it, range]) => it.startsWith('@sitecache/') && range !== 'workspace:^')).toEqual([])
  })

  it('depends on nothing that require() could not load everywhere', () => {
    const require = createRequire(join(folder, 'package.json'))
    const esModules = Object.keys(manifest.dependencies ?? {}).filter((it) => {
      const file = require.resolve(it)
      const nearest = JSON.parse(readFileSync(nearestManifest(file), 'utf8'))
      return file.endsWith('.mjs') || (file.endsWith('.js') && nearest.type === 'module')
    })
    expect(esModules).toEqual([])
  })

  it('brings nothing that runs a script when it is installed', () => {
    const scripted = [...closure(folder)].filter(
      ([from, { scripts = {} }]) =>
        // A binding.gyp alone makes npm run node-gyp.
        ['preinstall', 'install', 'postinstall'].some((it) => it in scripts) ||
        existsSync(join(from, 'binding.gyp')),
    )
    expect(scripted.map(([from]) => basename(from))).toEqual([])
  })
})

function nearestManifest(file: string): string {
  let folder = dirname(file)
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return join(folder, 'package.json')
}

describe('the modules over the entries', () => {
  const written = [...esmEntries(root)]

  it.each(written)('%s names all that its entry exports', (file, text) => {
    // To write them anew: node scripts/esm-entries.mjs, after a build.
    expect(readFileSync(file, 'utf8')).toBe(text)
  })
})
