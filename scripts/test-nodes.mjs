/**
 * Runs the tests of units, of stores and of requests on every Node that is supported: `pnpm test:nodes`.
 *
 * The Nodes come from the package registry, and are kept in node_modules/.cache. `--only 22,latest` runs some of them;
 * other arguments are Jest's, in place of the tests that are meant: `pnpm test:nodes packages/core`.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { capture } from './lib/checks.mjs'
import { nodePackage } from './lib/command-line.mjs'
import { ensureSystemPackages } from './lib/system-packages.mjs'
import { root, run } from './lib/workspace.mjs'

/** The oldest that package.json allows, the lines with long-term support, and the newest. */
const VERSIONS = ['20.19', '22', '24', 'latest']

/** Tests whose outcome may differ from Node to Node, and how an application loads the packages. */
const TESTS = [
  'packages/[a-z]+/src/',
  'packages/(core|file|memcached|redis|session|sql)/test/',
  'test/(express|holes|invariants|query|rfc9111|security)/',
  'test/inputs/[a-z-]+\\.test',
  'test/examples/commonjs',
  'test/packages/one-state',
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: VERSIONS.join(',') } },
})
const tests = positionals.length > 0 ? positionals : TESTS
const absent = await ensureSystemPackages()
if (absent.length > 0) console.error(`Not there, and not to be had by apt: ${absent.join(', ')}`)

const failed = []
for (const version of values.only.split(',')) {
  const node = await installNode(version)
  const { output } = await capture(node, ['--version'])
  console.log(`\n── Node ${output.trim()}`)
  const flags = ['--experimental-vm-modules', '--no-warnings']
  const code = await run(node, [...flags, 'node_modules/jest/bin/jest.js', ...tests])
  if (code !== 0) failed.push(output.trim())
}
console.log(failed.length === 0 ? '\npassed on all' : `\nfailed on ${failed.join(', ')}`)
process.exitCode = failed.length === 0 && absent.length === 0 ? 0 : 1

/** Installs the binary of this platform; resolves to its path. */
async function installNode(version) {
  const name = nodePackage(process.platform, process.arch)
  const folder = join(root, 'node_modules/.cache/nodes', version)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--ignore-scripts',
    `${name}@${version}`,
  ]
  const { code, output } = await capture('npm', install, { cwd: folder })
  if (code !== 0) throw new Error(`Node ${version} could not be installed:\n${output}`)
  return join(folder, 'node_modules', name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
}
