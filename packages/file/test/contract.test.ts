import { storeContract } from '@sitecache/core/testing'
import { globals } from '@sitecache/test-support/jest-globals'
import { freshFolder, patientStore } from './folders.js'

storeContract('fileStore', async ({ now }) => patientStore(await freshFolder(), { now }), {
  globals,
})
storeContract(
  'fileStore that waits for the disk',
  async ({ now }) => patientStore(await freshFolder(), { now, fsync: true }),
  { globals },
)
