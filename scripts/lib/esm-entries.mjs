import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packageFolders, readManifest } from './packages.mjs'

const ES_MODULE = `// Written by scripts/esm-entries.mjs. The module is CommonJS, of which this entry shows the names: whoever
// imports it and whoever requires it share one state.
`

const COMMON_JS = `// Written by scripts/esm-entries.mjs. The names as values of one object: V8 finds them faster than the getters
// that TypeScript makes of what a module exports from others.
`

/**
 * Returns the texts of the two modules beside each entry of the packages, by their paths: the ES module, and the
 * CommonJS one that `require` loads. Needs a build.
 *
 * @param {string} root of the workspace
 */
export function esmEntries(root) {
  return new Map(packageFolders(root).flatMap((folder) => entriesOf(folder)))
}

function entriesOf(folder) {
  const require = createRequire(join(folder, 'package.json'))
  return Object.values(readManifest(folder).exports).flatMap((entry) => {
    const types = entry.require?.types
    if (types === undefined) return []
    const built = types.replace(/\.d\.ts$/, '.js')
    const source = join(folder, built.replace('./dist/', 'src/').replace(/\.js$/, ''))
    const from = `./${built.split('/').at(-1)}`
    const names = Object.keys(require(built)).sort()
    return [
      [`${source}.mts`, esModule(from, names)],
      [`${source}.cts`, commonJs(from, names)],
    ]
  })
}

function esModule(from, names) {
  return `${ES_MODULE}export type * from '${from}'\nexport {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}'\n`
}

function commonJs(from, names) {
  const values = names.map((name) => `  ${name}: entry.${name},\n`).join('')
  return `${COMMON_JS}import entry = require('${from}')

const names: typeof entry = {
${values}}
Object.defineProperty(names, '__esModule', { value: true })
export = names
`
}
