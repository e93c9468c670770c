import { afterAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '@sitecache/test-support/jest-globals'
import { startSentinelSet } from '@sitecache/test-support/servers/redis-sentinel'

const set = await startSentinelSet()

afterAll(() => set.stop())

storeContract(
  'redisStore behind Sentinel',
  async () => {
    await set.leader.ask('FLUSHALL')
    return redisStore(set.url, { timeoutMs: 5000 })
  },
  { globals, sleep },
)
