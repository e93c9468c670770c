import { storeContract } from '@sitecache/core/testing'
import { fileStore } from '@sitecache/file'
import { globals } from '../support/jest-globals.js'
import { freshFolder } from './folders.js'

storeContract('fileStore', async ({ now }) => fileStore(await freshFolder(), { now, timeoutMs: 5000 }), {
  globals,
})
storeContract(
  'fileStore that waits for the disk',
  async ({ now }) => fileStore(await freshFolder(), { now, fsync: true, timeoutMs: 5000 }),
  { globals },
)
