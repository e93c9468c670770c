import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { FOLDER_MODE } from './disk.js'
import { codeOf } from './error-code.js'

/**
 * Makes a folder, and those above it that are missing. Node's own `recursive` never returns where a
 * file system has no folder made in one that is there, as `/proc` does (ENOENT).
 *
 * @returns whether it was missing
 * @throws system errors
 */
export function makeFolder(folder: string): boolean {
  try {
    fs.mkdirSync(folder, { mode: FOLDER_MODE })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && isFolder(folder)) return false
    const parent = dirname(folder)
    if (codeOf(error) !== 'ENOENT' || parent === folder || fs.existsSync(parent)) throw error
    makeFolder(parent)
    return makeFolder(folder)
  }
}

function isFolder(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
