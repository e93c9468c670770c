import { afterAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '../support/jest-globals.js'
import { startSentinelSet } from '../support/servers/redis-sentinel.js'

const set = await startSentinelSet()

afterAll(() => set.stop())

storeContract(
  'redisStore behind Sentinel',
  async () => {
    await set.leader.ask('FLUSHALL')
    return redisStore(set.url)
  },
  { globals, sleep },
)
