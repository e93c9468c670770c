import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from './servers/server-process.js'
import { root } from './workspace.js'

const packages = join(root, 'packages')

/**
 * A folder outside the workspace in which these packages of ours are installed as they are built, with what they
 * depend on and nothing else: no optional driver, no other store.
 */
export async function installed(names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder('installed')
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@sitecache'), { recursive: true })
  for (const name of names) {
    const target = join(modules, '@sitecache', name)
    await cp(join(packages, name, 'dist'), join(target, 'dist'), { recursive: true })
    const about = await readFile(join(packages, name, 'package.json'), 'utf8')
    await cp(join(packages, name, 'package.json'), join(target, 'package.json'))
    const foreign = Object.keys(JSON.parse(about).dependencies).filter(
      (each) => !each.startsWith('@sitecache/'),
    )
    await mkdir(join(target, 'node_modules'), { recursive: true })
    for (const each of foreign) {
      const place = join(target, 'node_modules', each)
      await mkdir(join(place, '..'), { recursive: true })
      await symlink(join(packages, name, 'node_modules', each), place)
    }
  }
  return folder
}
