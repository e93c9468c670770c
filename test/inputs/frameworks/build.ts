import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))

/** Framework whose applications have to be built before they can be served. */
export interface Framework {
  /** Folder of the sources. */
  readonly name: string
  /** Program that builds them, and its arguments. */
  readonly command: readonly [bin: string, ...args: string[]]
  /** Packages of which another version needs another build. */
  readonly packages: readonly string[]
}

/**
 * Builds an application for production, unless that was done before with the same sources and packages.
 *
 * @returns folder in which it was built
 */
export async function build({ name, command, packages }: Framework): Promise<string> {
  const source = join(here, 'fixtures', name)
  const versions = await Promise.all(packages.map(versionOf))
  const built = join(here, '.built', `${name}-${await digest(source, versions)}`)
  if (existsSync(join(built, 'done'))) return built
  const folder = `${built}.${process.pid}`
  await rm(folder, { recursive: true, force: true })
  await cp(source, folder, { recursive: true })
  const [bin, ...args] = command
  const env = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' }
  await promisify(execFile)(process.execPath, [join(here, '../../node_modules', bin), ...args], {
    cwd: folder,
    env,
  })
  await writeFile(join(folder, 'done'), '')
  await mkdir(dirname(built), { recursive: true })
  // Another process may have built it meanwhile.
  await rename(folder, built).catch(() => rm(folder, { recursive: true, force: true }))
  return built
}

async function versionOf(name: string): Promise<string> {
  const file = join(here, '../../node_modules', name, 'package.json')
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string }
  return `${name}@${version}`
}

async function digest(folder: string, versions: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(versions.join('\n')).update(process.version)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) hash.update(file.slice(folder.length)).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}
