/**
 * The packages' sources, bundled once for all files of tests that load them: each file of tests has modules of its
 * own, and hundreds of sources take longer to load than most tests to run. Modules that tests import stay modules of
 * their own, which share what they have in common, so that each source is there once in a file of tests.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { put } from './put.mjs'

/** Files below a folder, but for those of packages that are installed. */
function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((it) => {
    if (it.name === 'node_modules' || it.name === 'dist') return []
    const path = join(folder, it.name)
    return it.isDirectory() ? filesIn(path) : [path]
  })
}

/** Returns a function that leads the name of a package's entry to its source, as Jest does. */
const entriesBy = (moduleNameMapper) => (name) => {
  for (const [pattern, target] of moduleNameMapper) {
    const found = new RegExp(pattern).exec(name)
    if (found !== null) return target.replace('$1', found[1])
  }
  return undefined
}

/** Returns the sources that tests import: by the name of a package's entry, or by their path. */
function imported(workspace, entries) {
  const folders = ['test', ...readdirSync(join(workspace, 'packages')).map((it) => `packages/${it}/test`)]
  const tests = folders.flatMap((folder) => filesIn(join(workspace, folder)))
  const found = new Set()
  for (const file of tests.filter((it) => it.endsWith('.ts'))) {
    const text = readFileSync(file, 'utf8')
    for (const [, name = ''] of text.matchAll(/(?:from|import|import\()\s*'([^']+)'/g)) {
      const source = name.startsWith('.')
        ? resolve(dirname(file), name.replace(/\.js$/, '.ts'))
        : entries(name)
      if (source !== undefined && /^packages\/[a-z]+\/src\//.test(relative(workspace, source)))
        found.add(source)
    }
  }
  return [...found].sort()
}

/**
 * Names of the language that are constants in the bundle: Jest runs tests in a context of its own, in which each look
 * at a global goes through C++. Dates and timers stay: tests put their own in their place.
 */
const language = `
  Array ArrayBuffer BigInt Boolean Buffer Error JSON Map Math Number Object Promise Proxy RangeError Reflect RegExp Set
  String Symbol TypeError URL Uint8Array WeakMap WeakSet decodeURIComponent encodeURIComponent process
`

/** Packages of many files that sitecache alone uses. All others stay as they are installed: tests use them, too. */
const own = /^(?:@msgpack\/msgpack|cockatiel|lru-cache|structured-headers)$/

/** Leads names of packages to their sources, and has files know their own names, as `__filename` does in CommonJS. */
const sources = (entries) => ({
  name: 'sources',
  setup(pass) {
    pass.onResolve({ filter: /^@sitecache\// }, ({ path }) => ({ path: entries(path) }))
    pass.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...about }) => {
      const isOther = about.kind === 'entry-point' || path.startsWith('node:') || own.test(path)
      if (pluginData === 'installed' || isOther) return undefined
      const installed = await pass.resolve(path, { ...about, pluginData: 'installed' })
      return installed.errors.length > 0
        ? { errors: installed.errors }
        : { path: installed.path, external: true }
    })
    pass.onLoad({ filter: /\/packages\/[a-z]+\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!/\b__(?:file|dir)name\b/.test(text)) return undefined
      const names = `const [__filename, __dirname] = ${JSON.stringify([path, dirname(path)])};`
      return { contents: names + text, loader: 'ts' }
    })
  },
})

/** Removes what earlier runs have left, but for what another run may still use. */
async function sweep(folder, keep) {
  for (const file of filesIn(folder).filter((it) => !keep.has(it))) {
    const { mtimeMs } = await stat(file)
    if (mtimeMs < Date.now() - 3_600_000) await rm(file, { force: true })
  }
}

/**
 * Bundles the sources, and writes which file stands for which source: into one place for all runs, since Jest keeps
 * in mind where modules are while it watches them.
 *
 * @param moduleNameMapper of Jest: patterns of names, and where they lead
 * @returns the file that says so
 */
export async function bundleSources(workspace, moduleNameMapper) {
  const entries = entriesBy(moduleNameMapper)
  const folder = join(workspace, 'node_modules/.cache/sources')
  // Where the code of an installed package lies, so that it is known as sitecache's.
  const outdir = join(folder, 'node_modules/@sitecache/express')
  const constants = join(folder, 'language.mjs')
  await put(constants, `export const { ${language.trim().split(/\s+/).join(', ')} } = globalThis\n`)
  const { outputFiles, metafile } = await build({
    entryPoints: imported(workspace, entries),
    outdir,
    outbase: workspace,
    absWorkingDir: workspace,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    metafile: true,
    write: false,
    logLevel: 'warning',
    tsconfigRaw: {},
    inject: [constants],
    plugins: [sources(entries)],
  })
  const whole = (path) => resolve(workspace, path)
  const starts = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint !== undefined)
  const bundled = Object.fromEntries(starts.map(([file, { entryPoint }]) => [whole(entryPoint), whole(file)]))
  const inputs = Object.keys(metafile.inputs).map(whole)
  const list = join(folder, 'sources.json')
  // Chunks, which are named by their content, before the files that name them.
  const isChunk = ({ path }) => /[\\/]chunk-[^\\/]+$/.test(path)
  const ordered = [...outputFiles.filter(isChunk), ...outputFiles.filter((it) => !isChunk(it))]
  for (const { path, contents } of ordered) await put(path, contents)
  await put(list, JSON.stringify({ bundled, inputs }))
  await sweep(outdir, new Set(outputFiles.map(({ path }) => path)))
  return list
}
