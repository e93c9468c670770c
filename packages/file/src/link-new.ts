import { constants, copyFile, link } from 'node:fs/promises'
import { codeOf } from './error-code.js'

/** System errors of links on exFAT and network drives, which have none. */
const WITHOUT_LINKS: readonly (string | undefined)[] = [
  'EACCES',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
]

/**
 * Gives a file another name, unless there is a file of that name. Copies it where the file system
 * has no links; the caller holds the lock, so that readers leave what is half copied alone.
 *
 * @throws a system error: EEXIST where the name is taken
 */
export async function linkNew(from: string, to: string, makeLink: typeof link = link): Promise<void> {
  try {
    await makeLink(from, to)
  } catch (error) {
    if (!WITHOUT_LINKS.includes(codeOf(error))) throw error
    await copyFile(from, to, constants.COPYFILE_EXCL)
  }
}
