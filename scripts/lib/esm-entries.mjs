import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packageFolders, readManifest } from './packages.mjs'

const HEADER = `// Written by scripts/esm-entries.mjs. The module is CommonJS, of which this entry shows the names: whoever
// imports it and whoever requires it share one state.
`

/**
 * Returns the text of the ES module beside each entry of the packages, by its path. Needs a build.
 *
 * @param {string} root of the workspace
 */
export function esmEntries(root) {
  return new Map(packageFolders(root).flatMap((folder) => entriesOf(folder)))
}

function entriesOf(folder) {
  const require = createRequire(join(folder, 'package.json'))
  return Object.values(readManifest(folder).exports).flatMap((entry) => {
    const built = entry.require?.default
    if (built === undefined) return []
    const source = built.replace('./dist/', 'src/').replace(/\.js$/, '.mts')
    const name = `./${built.split('/').at(-1)}`
    return [[join(folder, source), entryText(name, Object.keys(require(built)).sort())]]
  })
}

function entryText(from, names) {
  return `${HEADER}export type * from '${from}'\nexport {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}'\n`
}
