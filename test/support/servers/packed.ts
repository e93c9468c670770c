import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from './server-process.js'

/** Tarballs of all packages. */
export interface Tarballs {
  readonly folder: string
}

/** Packs all packages of a workspace as they would be published. */
export async function packAll(workspace: string): Promise<Tarballs> {
  const folder = await temporaryFolder('packed')
  const { packageManager } = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8'))
  const pack = ['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder]
  await promisify(execFile)('npx', ['--yes', '--prefer-offline', packageManager, ...pack], { cwd: workspace })
  return { folder }
}
