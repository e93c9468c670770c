import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture } from './checks.mjs'
import { packageFolders, readManifest } from './packages.mjs'

/**
 * Publishes the packages of a workspace, as they are built, whose version the registry does not have. A run that was
 * cut short is continued by the next.
 *
 * pnpm packs, which writes versions in place of workspace ranges. npm publishes: trusted publishing is npm's own, and
 * falls back on a token where the registry knows no trusted publisher of a package yet.
 *
 * @param {string} workspace
 * @param {string} packageManager name and version
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string[]>} what was published, by name and version
 */
export async function publishPackages(workspace, packageManager, env) {
  const folder = await mkdtemp(join(tmpdir(), 'sitecache-publish-'))
  const must = (command, args) => mustSucceed(command, args, { cwd: workspace, env })
  try {
    const pack = ['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder]
    await must('npx', ['--yes', packageManager, ...pack])
    const tarballs = await readdir(folder)
    const published = []
    for (const { name, version } of inOrder(packageFolders(workspace).map(readManifest))) {
      const tarball = tarballs.find(
        (file) => file === `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`,
      )
      if (tarball === undefined) throw new Error(`${name} ${version} was not packed`)
      if (await isThere(name, version, { cwd: folder, env })) continue
      await must('npm', ['publish', join(folder, tarball)])
      published.push(`${name}@${version}`)
    }
    return published
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Sorts packages so that each comes behind those that it depends on: whoever installs meanwhile finds all of them.
 *
 * @template {{ name: string, dependencies?: object, peerDependencies?: object }} M
 * @param {readonly M[]} manifests
 * @returns {M[]}
 */
export function inOrder(manifests) {
  const names = new Set(manifests.map(({ name }) => name))
  const sorted = new Map()
  const add = (manifest) => {
    if (sorted.has(manifest.name)) return
    const needs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const own = needs.filter((need) => names.has(need) && need !== manifest.name)
    for (const need of own) add(manifests.find(({ name }) => name === need))
    sorted.set(manifest.name, manifest)
  }
  for (const manifest of manifests) add(manifest)
  return [...sorted.values()]
}

/** A registry that fails has no version either: what is published then fails, too, and says why. */
async function isThere(name, version, options) {
  const { code, output } = await capture('npm', ['view', `${name}@${version}`, 'version'], options)
  return code === 0 && output.trim() === version
}

export async function mustSucceed(command, args, options) {
  const { code, output } = await capture(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)
  return output
}
