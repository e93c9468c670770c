/**
 * The README's test command: installs, builds, and runs every check on a machine that has only Node and npm.
 * Ends with a plain `N passed, N failed` line; each check beside the tests counts as one.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureSystemPackages } from './lib/system-packages.mjs'
import { install, root, run } from './lib/workspace.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const results = { passed: 0, failed: 0 }
const failures = []

async function check(name, command, args, options) {
  console.log(`\n── ${name}`)
  const code = await run(command, args, options)
  results[code === 0 ? 'passed' : 'failed'] += 1
  if (code !== 0) failures.push(name)
  return code === 0
}

async function jest(directory) {
  console.log('\n── tests')
  const report = join(directory, 'jest.json')
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
  ]
  const code = await run(process.execPath, [...args, ...process.argv.slice(2)])
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numRuntimeErrorTestSuites = 0,
    numPendingTests = 0,
  } = readReport(report)
  results.passed += numPassedTests
  // A suite that could not be loaded, or a test that was skipped, is a failure: it proves nothing.
  const failed = numFailedTests + numRuntimeErrorTestSuites + numPendingTests
  results.failed += failed === 0 && code !== 0 ? 1 : failed
  if (code !== 0 || failed > 0) failures.push('tests')
}

/** The public HTTP cache tests; those that never passed are in the report that it prints, and count as neither. */
async function conformance(directory) {
  console.log('\n── HTTP conformance')
  const report = join(directory, 'conformance.json')
  const code = await run(process.execPath, ['test/conformance/run.mjs', `--report=${report}`])
  const { passed = 0, failed = 0 } = readReport(report)
  results.passed += passed
  results.failed += failed === 0 && code !== 0 ? 1 : failed
  if (code !== 0 || failed > 0) failures.push('HTTP conformance')
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

async function checkPackages() {
  for (const name of await readdir(join(root, 'packages'))) {
    const cwd = join(root, 'packages', name)
    await check(`publint ${name}`, bin('publint'), ['--strict', '--pack', 'npm'], { cwd })
    await check(
      `are the types wrong ${name}`,
      bin('attw'),
      ['--pack', '.', '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'],
      { cwd },
    )
  }
}

/** A server that can't be had is a failure that says what to install: the tests of it could only be left out. */
async function checkServers() {
  console.log('\n── servers')
  const absent = await ensureSystemPackages()
  results[absent.length === 0 ? 'passed' : 'failed'] += 1
  if (absent.length === 0) return
  failures.push('servers')
  console.log(
    `Not there, and not to be had by apt: ${absent.join(', ')}. Install them: apt-get install ${absent.join(' ')}`,
  )
}

const directory = await mkdtemp(join(tmpdir(), 'sitecache-test-'))
try {
  await install()
  await checkServers()
  const built = await check('build', bin('tsc'), ['-b'])
  await check('lint and format', bin('biome'), ['ci', '.'])
  await check('type check', bin('tsc'), ['-p', 'tsconfig.check.json'])
  if (built) await checkPackages()
  await jest(directory)
  if (built) await conformance(directory)
} finally {
  await rm(directory, { recursive: true, force: true })
}
if (failures.length > 0) console.log(`\nfailed: ${failures.join(', ')}`)
console.log(`\n${results.passed} passed, ${results.failed} failed`)
process.exitCode = results.failed === 0 && results.passed > 0 ? 0 : 1
