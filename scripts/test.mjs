/**
 * The README's test command: installs, builds, and runs every check on a machine that has only Node and npm.
 * Ends with a plain `N passed, N failed` line; each check beside the tests counts as one.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Checks, capture } from './lib/checks.mjs'
import { roomForCompilers } from './lib/compilers.mjs'
import { ensureSystemPackages, howToInstall } from './lib/system-packages.mjs'
import { install, root, run } from './lib/workspace.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const checks = new Checks()

/** Most tests of servers wait: more of them at a time than there are cores leave none idle. */
const WORKERS = 3

async function jest(directory) {
  const report = join(directory, 'jest.json')
  const own = process.argv.slice(2)
  const workers = own.some((it) => /^(-w|-i|--maxWorkers|--runInBand)/.test(it))
    ? []
    : [`--maxWorkers=${WORKERS}`]
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    ...workers,
    ...own,
  ]
  const code = await run(process.execPath, args, { env: { ...process.env, SITECACHE_TEST_REPORT: report } })
  const { passed = 0, failed = 0, unproven = [] } = readReport(report)
  checks.count('tests', { passed, failed, hasFailed: failed > 0 || code !== 0 })
  return unproven
}

/** The public HTTP cache tests; those that never passed are in docs/reference/conformance.md, and count as neither. */
async function conformance(directory) {
  const report = join(directory, 'conformance.json')
  const { code, output } = await capture(process.execPath, ['test/conformance/run.mjs', `--report=${report}`])
  const told = output.trimEnd()
  // Its report would push the tests that failed out of sight.
  console.log(
    code === 0 ? `── HTTP conformance: ${told.split('\n').at(-1)}` : `\n── HTTP conformance\n${told}`,
  )
  const { passed = 0, failed = 0 } = readReport(report)
  checks.count('HTTP conformance', { passed, failed, hasFailed: failed > 0 || code !== 0 })
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

/** Checks of the packages as they would be published: packed once, since a `pack` takes longer than what is checked. */
async function packageChecks(directory) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const to = ['--pack-destination', directory]
  const pack = ['--yes', '--prefer-offline', packageManager, '-r', '--filter', './packages/*', 'pack', ...to]
  if (!(await checks.check('pack', 'npx', pack))) return
  const files = (await readdir(directory)).filter((it) => it.endsWith('.tgz'))
  const tarballs = files.map((file) => join(directory, file))
  for (const tarball of tarballs)
    await checks.check(`publint ${nameOf(tarball)}`, bin('publint'), ['--strict', tarball])
  await typesOf(tarballs)
}

const nameOf = (tarball) => basename(tarball).replace(/^sitecache-|-[\d.]+.*\.tgz$/g, '')

/** Whether types are what packages are loaded as; counts each package as one check. */
async function typesOf(tarballs) {
  const { code, output } = await capture(process.execPath, ['scripts/types-wrong.mjs', ...tarballs])
  if (code !== 0) console.log(`\n── are the types wrong\n${output.trimEnd()}`)
  const told = code === 0 ? output.trimEnd().split('\n') : []
  const faults = new Map(told.map((line) => JSON.parse(line)).map((it) => [it.tarball, it.faults]))
  for (const tarball of tarballs) {
    const name = `are the types wrong ${nameOf(tarball)}`
    const found = faults.get(tarball) ?? ['were not looked at']
    console.log(found.length === 0 ? `── ${name}: passed` : `\n── ${name}\n${JSON.stringify(found, null, 2)}`)
    checks.count(name, found.length === 0 ? { passed: 1 } : { failed: 1 })
  }
}

function compile(name, ...args) {
  return checks.check(name, bin('tsc'), args, { env: { ...process.env, ...roomForCompilers } })
}

/** Checks that are no tests, one after another: they take the processor while tests wait. */
async function otherChecks(directory, isBuilt) {
  await checks.check('lint and format', bin('biome'), ['ci', '.'])
  // One thread: several work out the same types each for itself, and tests have use for the processor.
  await compile('type check', '-p', 'tsconfig.check.json', '--singleThreaded')
  if (isBuilt) await packageChecks(directory)
}

/** A server that can't be had is a failure that says what to install: the tests of it could only be left out. */
async function checkServers() {
  const absent = await ensureSystemPackages()
  checks.count('servers', absent.length === 0 ? { passed: 1 } : { failed: 1 })
  if (absent.length === 0) return
  console.log(
    `Not there, and not to be had by apt: ${absent.join(', ')}. Install them: ${howToInstall(absent)}`,
  )
}

let failedTests = []
const directory = await mkdtemp(join(tmpdir(), 'sitecache-test-'))
try {
  await install()
  await checkServers()
  const built = await compile('build', '-b')
  console.log('\n── tests')
  ;[failedTests] = await Promise.all([jest(directory), otherChecks(directory, built)])
  // Its tests count in seconds of the clock, and few of them pass where tests leave no processor to them.
  if (built) await conformance(directory)
} finally {
  await rm(directory, { recursive: true, force: true })
}
if (checks.failures.length > 0) console.log(`\nfailed: ${checks.failures.join(', ')}`)
for (const test of failedTests) console.log(`  ${test}`)
console.log(`\n${checks.passed} passed, ${checks.failed} failed`)
process.exitCode = checks.failed === 0 && checks.passed > 0 ? 0 : 1
