/**
 * Rehearses a release: `pnpm release:dry-run`.
 *
 * Versions a copy of the workspace as the release would, publishes it to a registry on this machine (verdaccio), and
 * has npm, pnpm and both yarns install the packages from there and run a site. The work tree stays as it is.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture } from './lib/checks.mjs'
import { startRegistry } from './lib/local-registry.mjs'
import { packageFolders, readManifest } from './lib/packages.mjs'
import { mustSucceed as must, publishPackages } from './lib/publish.mjs'
import { root } from './lib/workspace.mjs'

const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const folder = await mkdtemp(join(tmpdir(), 'sitecache-release-'))
const { output: upstream } = await capture('npm', ['config', 'get', 'registry'])

const site = `
const express = require('express')
const { cache, caches, configure, siteCache } = require('@sitecache/express')
configure({ default: 'file:' + __dirname + '/pages' })
const app = express().use(siteCache())
app.get('/', (req, res) => res.send('page'))
const server = app.listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port + '/'
  for (let i = 0; i < 2; i += 1) {
    const response = await fetch(url)
    console.log(response.headers.get('cache-status').replace(/;.*ttl=.*/, '; hit'))
    await caches.idle()
  }
  const imported = await import('@sitecache/express')
  console.log(imported.cache === cache ? 'one state' : 'two states')
  server.closeAllConnections()
  server.close()
})
`
const EXPECTED = 'sitecache; fwd=uri-miss; stored\nsitecache; hit\none state'

/** Installers: how each is run, with what is written beside the package.json. */
const installers = {
  npm: ['npm', ['install', '--no-audit', '--no-fund', '--foreground-scripts'], {}],
  pnpm: ['npx', ['--yes', packageManager, 'install'], {}],
  'yarn 1': ['npx', ['--yes', 'yarn@1', 'install', '--no-lockfile'], {}],
  "yarn 4 (Plug'n'Play)": [
    'npx',
    ['--yes', '@yarnpkg/cli-dist@4', 'install'],
    { run: ['-r', './.pnp.cjs', '--loader', './.pnp.loader.mjs'] },
  ],
}

let failed = 0
await mkdir(join(folder, 'registry'))
const registry = await startRegistry(join(folder, 'registry'), upstream.trim())
try {
  const version = await release(join(folder, 'workspace'))
  for (const [name, how] of Object.entries(installers)) {
    const said = await install(join(folder, name.replace(/\W/g, '-')), version, how).catch(String)
    const passed = said === EXPECTED
    if (!passed) failed += 1
    console.log(`${passed ? 'passed' : 'FAILED'}  ${version} by ${name}${passed ? '' : `\n${said}`}`)
  }
} finally {
  registry.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1

/** Versions and publishes a copy of the packages as they are built; resolves to their version. */
async function release(workspace) {
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', 'LICENSE', '.changeset'])
    await cp(join(root, file), join(workspace, file), { recursive: true })
  for (const from of packageFolders(root)) await copyPackage(from, from.replace(root, `${workspace}/`))
  const git = (...args) =>
    must('git', ['-c', 'user.name=release', '-c', 'user.email=release@localhost', ...args])
  await git('-C', workspace, 'init', '--quiet')
  await git('-C', workspace, 'add', '--all')
  await git('-C', workspace, 'commit', '--quiet', '--message', 'rehearsal')
  const changeset = join(root, 'node_modules/@changesets/cli/bin.js')
  await must(process.execPath, [changeset, 'version'], { cwd: workspace })
  await writeFile(join(workspace, '.npmrc'), `registry=${registry.url}\n${registry.npmrc}`)
  const env = { ...process.env, npm_config_registry: registry.url }
  const published = await publishPackages(workspace, packageManager, env)
  // What is there is left alone.
  const again = await publishPackages(workspace, packageManager, env)
  if (published.length !== packageFolders(workspace).length || again.length !== 0)
    throw new Error(`published ${published.join(', ')}, and then once more ${again.join(', ')}`)
  return readManifest(join(workspace, 'packages/core')).version
}

async function copyPackage(from, to) {
  const kept = (path) => !/\/(node_modules|src|test)(\/|$)/.test(path.slice(from.length))
  await cp(from, to, { recursive: true, filter: kept })
  const manifest = readManifest(from)
  // In the manifest, so that nothing can go to another registry. Only a workflow can give a provenance.
  const publishConfig = { ...manifest.publishConfig, provenance: false, registry: registry.url }
  await writeFile(join(to, 'package.json'), JSON.stringify({ ...manifest, publishConfig }, null, 2))
}

async function install(project, version, [command, args, { run = [] }]) {
  await mkdir(project)
  const names = packageFolders(root).map((each) => readManifest(each).name)
  const dependencies = Object.fromEntries(names.map((name) => [name, version]))
  const write = (name, text) => writeFile(join(project, name), text)
  const peers = { express: '^5.0.0', 'express-session': '^1.18.0' }
  await write('package.json', JSON.stringify({ private: true, dependencies: { ...dependencies, ...peers } }))
  await write('.npmrc', `registry=${registry.url}\n`)
  await write('pnpm-workspace.yaml', 'packages: []\nminimumReleaseAge: 0\n')
  const yarn = { npmRegistryServer: registry.url, unsafeHttpWhitelist: ['127.0.0.1'], enableTelemetry: false }
  await write(
    '.yarnrc.yml',
    JSON.stringify({
      ...yarn,
      enableGlobalCache: false,
      globalFolder: join(project, '.yarn'),
      npmMinimalAgeGate: 0,
    }),
  )
  await write('yarn.lock', '')
  await write('site.cjs', site)
  const env = { ...process.env, npm_config_registry: registry.url, YARN_REGISTRY: registry.url }
  await must(command, args, { cwd: project, env })
  return (await must(process.execPath, ['--no-warnings', ...run, 'site.cjs'], { cwd: project })).trim()
}
