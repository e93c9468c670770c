/**
 * The packages as they are built, in one file, for the processes that tests start: the hundreds of files that a site
 * loads take each of them half a second of a processor. From the folder of that file a program imports packages by
 * their names, as an application does, and what is not in the file from where it is installed. That the packages load
 * file by file is for `test/packages` and `test/examples` to see.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { put } from './put.mjs'

/** An entry of a package: its package, its name after that of the package, its file, and what it exports by names. */
const entry = (of, name, file, names) => ({ package: of, name, file, names })

/** Packages of the workspace that programs import. */
const names = ['core', 'dashboard', 'express', 'file', 'http', 'memcached', 'redis', 'sql']

/** Packages that programs import beside those of the workspace. */
const installed = (require) => [
  entry('express', '.', require.resolve('express'), []),
  entry('ioredis', '.', require.resolve('ioredis'), ['Cluster', 'Redis']),
]

/** Lists the entries of a package of the workspace, as it is built. */
function entriesOf(folder) {
  const { name, exports: entries } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.entries(entries)
    .filter(([, { import: esm, require: cjs }]) => esm !== undefined && cjs !== undefined)
    .map(([each, { import: esm, require: cjs }]) => {
      const [, names = ''] =
        /^export \{ (.*?),? \}/m.exec(readFileSync(join(folder, esm.default), 'utf8')) ?? []
      return entry(name, each, join(folder, cjs.default), names.split(', '))
    })
}

/** Files of sitecache that look for a package from where they stand, and so find it in the one file. */
const looksForPackages = /[\\/](?:packages|load-driver)\.js$/

/** Has the other files know their own names: what they read lies beside them. */
const ownNames = {
  name: 'own-names',
  setup(pass) {
    pass.onLoad({ filter: /[\\/]packages[\\/][a-z]+[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (looksForPackages.test(path) || !/\b__(?:file|dir)name\b/.test(text)) return undefined
      const names = `const [__filename, __dirname] = ${JSON.stringify([path, dirname(path)])};`
      return { contents: names + text }
    })
  },
}

/**
 * Loads the one file with what V8 made of it when the run began, in half the time that it takes to compile it. Run with
 * an argument, it writes that: with the functions that a site of one process runs.
 */
const loader = `
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const { constants, Script } = require('node:vm')
const [file, compiled] = [__dirname + '/all.js', __dirname + '/all.cache']
const source = '(function (exports, require, module, __filename, __dirname) {' + readFileSync(file, 'utf8') + '\\n})'
const read = () => {
  try {
    return readFileSync(compiled)
  } catch {}
}
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
const script = new Script(source, { filename: file, cachedData: read(), importModuleDynamically })
script.runInThisContext()(exports, require, module, file, __dirname)
if (require.main === module) {
  for (const load of Object.values(exports)) load()
  writeFileSync(compiled + process.pid, script.createCachedData())
  renameSync(compiled + process.pid, compiled)
}
`

/** Writes a package whose entries are those in the one file. */
async function putPackage(folder, name, entries) {
  const place = join(folder, 'node_modules', name)
  const files = entries.map(({ name: each }, i) => [each, { import: `./${i}.mjs`, require: `./${i}.cjs` }])
  await put(join(place, 'package.json'), JSON.stringify({ name, exports: Object.fromEntries(files) }))
  for (const [i, { file, names }] of entries.entries()) {
    const all = JSON.stringify(join(folder, 'all.cjs'))
    await put(
      join(place, `${i}.cjs`),
      `const all = require(${all})\nmodule.exports = all[${JSON.stringify(file)}]()\n`,
    )
    const esm = `import all from './${i}.cjs'\nexport default all\nexport const { ${names.join(', ')} } = all\n`
    await put(join(place, `${i}.mjs`), esm)
  }
}

/** @returns the folder that programs stand in; undefined: the packages are not built */
export async function bundlePrograms(workspace) {
  const packages = names.map((it) => join(workspace, 'packages', it))
  if (!packages.every((it) => existsSync(join(it, 'dist/index.mjs')))) return undefined
  // Below test/node_modules, where all else is found.
  const folder = join(workspace, 'test/node_modules/.cache/programs')
  const entries = [
    ...packages.flatMap(entriesOf),
    ...installed(createRequire(join(workspace, 'test/package.json'))),
  ]
  const contents = entries
    .map(({ file }) => JSON.stringify(file))
    .map((file) => `exports[${file}] = () => require(${file})`)
  const { outputFiles } = await build({
    stdin: { contents: contents.join('\n'), resolveDir: workspace },
    outfile: join(folder, 'all.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    external: ['kysely', 'libsql', 'mysql2', 'pg'],
    write: false,
    logLevel: 'warning',
    plugins: [ownNames],
  })
  for (const { path, contents: all } of outputFiles) await put(path, all)
  await put(join(folder, 'all.cjs'), loader)
  await promisify(execFile)(process.execPath, [join(folder, 'all.cjs'), 'compile'])
  for (const name of new Set(entries.map((it) => it.package)))
    await putPackage(
      folder,
      name,
      entries.filter((it) => it.package === name),
    )
  return folder
}
