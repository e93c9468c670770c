import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { SettingsError } from '@sitecache/core/store'
import { FILE_MODE, FOLDER_MODE } from './disk.js'
import { codeOf } from './error-code.js'
import { makeFolder } from './make-folder.js'

/** Folders within a store's. */
export const TEMPORARY = 'tmp'
export const LOCKS = 'locks'

/** A folder that is ready, or that can't be written now. */
export interface FolderState {
  /** The real path, without links; while there is a fault, the given one. */
  readonly root: string
  /** True when files need chmod, since the umask takes the owner's rights. */
  readonly chmod: boolean
  /** Why it can't be written now, for the operator; undefined: it is ready. */
  readonly fault: string | undefined
}

/** System errors of a path that no waiting mends. */
const LASTING: readonly (string | undefined)[] = ['EEXIST', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']

/**
 * Makes a folder, where it is missing, and checks that entries can be kept in it.
 *
 * @throws SettingsError for a folder that must not be used, or a path that can't be one
 */
export function prepareFolder(path: string): FolderState {
  try {
    return { ...prepare(path), fault: undefined }
  } catch (error) {
    if (error instanceof SettingsError) throw error
    const fault = refusal(path, reasonOf(error))
    if (LASTING.includes(codeOf(error))) throw new SettingsError(fault, { cause: error })
    return { root: path, chmod: false, fault }
  }
}

/** As `prepareFolder`, for operations: every reason is a fault that may go away. */
export function prepareAgain(path: string): FolderState {
  try {
    return prepareFolder(path)
  } catch (error) {
    return { root: path, chmod: false, fault: error instanceof Error ? error.message : String(error) }
  }
}

function prepare(path: string): Omit<FolderState, 'fault'> {
  makePrivate(path)
  const root = fs.realpathSync(path)
  const fault = faultOf(fs.statSync(root))
  if (fault !== undefined) throw new SettingsError(refusal(path, fault))
  for (const name of [TEMPORARY, LOCKS]) makeOwn(join(root, name))
  const probe = join(root, TEMPORARY, `${process.pid}-${randomBytes(6).toString('hex')}`)
  return { root, chmod: tryToWrite(probe) }
}

/** Formats the reason why a folder can't be used. */
export function refusal(directory: string, fault: string): string {
  return `fileStore(): the directory '${directory}' can't be used: ${fault}`
}

/**
 * Returns the reason why a folder must not hold entries.
 *
 * @returns undefined: it may
 */
export function faultOf(stats: fs.Stats): string | undefined {
  if (!stats.isDirectory()) return 'it is not a directory'
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  if (stats.uid !== user) return `it belongs to user ${stats.uid}, and this process runs as user ${user}`
  if ((stats.mode & 0o022) === 0) return undefined
  const mode = (stats.mode & 0o7777).toString(8)
  return `others can write to it (mode ${mode}), and so decide what visitors see: chmod 700 it`
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it, or something on the way to it, is not a directory',
  ENOTDIR: 'something on the way to it is not a directory',
  EACCES: 'this process may not write to it',
  EPERM: 'this process may not write to it',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its file system is full',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'there are too many symbolic links on the way to it',
  ENAMETOOLONG: 'its name is too long',
}

/** Describes a system error for the operator. */
export function reasonOf(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error))
}

/** Makes a folder within the store's; refuses a link. */
function makeOwn(folder: string): void {
  makePrivate(folder)
  if (!fs.lstatSync(folder).isDirectory()) throw new SettingsError(refusal(folder, 'it is not a directory'))
}

function makePrivate(folder: string): void {
  // The umask may be odd.
  if (makeFolder(folder)) fs.chmodSync(folder, FOLDER_MODE)
}

/** Writes and removes a file; returns whether files need chmod because of the umask. */
function tryToWrite(path: string): boolean {
  const fd = fs.openSync(path, 'wx', FILE_MODE)
  try {
    fs.writeSync(fd, 'sitecache')
    return (fs.fstatSync(fd).mode & FILE_MODE) !== FILE_MODE
  } finally {
    fs.closeSync(fd)
    fs.unlinkSync(path)
  }
}
