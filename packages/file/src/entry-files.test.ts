import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { bytesOf } from '@sitecache/core/store'
import { EntryCount } from './entry-count.js'
import { packEntry } from './entry-file.js'
import { EntryFiles } from './entry-files.js'
import { Folder } from './folder.js'
import { isHeld } from './held.js'

const root = mkdtempSync(join(tmpdir(), 'sitecache-entry-files-'))
// Windows keeps a file that was just read for a moment.
afterAll(() => rmSync(root, { recursive: true, maxRetries: 10 }))
const folder = new Folder(root)
const now = () => Date.now()
const count = new EntryCount(folder, { maxEntries: 100, cullFrequency: 3 }, now)
const files = new EntryFiles(folder, { maxValueBytes: 1000, fsync: false, now }, count)
const location = folder.locate('k')
const text = async () => {
  const found = await files.read(location, 'k')
  return typeof found === 'object' ? Buffer.from(bytesOf(found.value)).toString() : found
}

/** Windows renames no file over one that is open, and the one that was read is closed in the background. */
function renameWhenFree(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!isHeld(error)) throw error
    renameWhenFree(from, to)
  }
}

describe('changing an entry', () => {
  const appendTo = (meddle: () => void) =>
    files.change(
      location,
      'k',
      ({ value, expires }) => {
        meddle()
        return { next: { value: Buffer.concat([bytesOf(value), Buffer.from('+')]), expires }, answer: true }
      },
      false,
    )

  it('starts again from what another process set meanwhile', async () => {
    await files.replace(location, 'k', Buffer.from('old'), null)
    let times = 0
    const set = () => {
      times += 1
      if (times > 1) return
      const aside = join(root, 'aside')
      writeFileSync(aside, packEntry('k', Buffer.from('set'), null))
      renameWhenFree(aside, location.path)
    }
    expect(await appendTo(set)).toBe(true)
    expect([await text(), times]).toEqual(['set+', 2])
  })

  it('does not bring back what another process deleted meanwhile', async () => {
    await files.replace(location, 'k', Buffer.from('old'), null)
    expect(await appendTo(() => rmSync(location.path))).toBe(false)
    expect(await text()).toBe('absent')
  })
})

describe('discarding', () => {
  it('leaves an entry that is not spoiled', async () => {
    await files.replace(location, 'k', Buffer.from('good'), null)
    await files.discard(location, 'k')
    expect(await text()).toBe('good')
  })
})
