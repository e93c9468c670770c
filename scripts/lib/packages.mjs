import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the folders of the packages that are published. */
export function packageFolders(root) {
  return readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
}

/** Reads the package.json of a folder. */
export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
