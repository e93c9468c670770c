import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from './server-process.js'

const runFile = promisify(execFile)

/** Tarballs of all packages. */
export interface Tarballs {
  readonly folder: string
  /** Folder in which they are unpacked, each under the name of its package without the scope. */
  readonly unpacked: string
}

/** Packs all packages of a workspace as they would be published, and unpacks them once for all projects. */
export async function packAll(workspace: string): Promise<Tarballs> {
  const folder = await temporaryFolder('packed')
  const { packageManager } = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8'))
  const pack = ['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder]
  await runFile('npx', ['--yes', '--prefer-offline', packageManager, ...pack], { cwd: workspace })
  const unpacked = await temporaryFolder('unpacked')
  for (const file of await readdir(folder)) {
    const [, name = ''] = /^sitecache-([a-z]+)-/.exec(file) ?? []
    const target = join(unpacked, name)
    await mkdir(target)
    await runFile('tar', ['-xzf', join(folder, file), '--strip-components=1', '-C', target])
  }
  return { folder, unpacked }
}
