import { afterAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '@sitecache/test-support/jest-globals'
import { startRedis } from '@sitecache/test-support/servers/redis'

const server = await startRedis()

afterAll(() => server.stop())

storeContract(
  'redisStore on one server',
  async () => {
    await server.ask('FLUSHALL')
    return redisStore(server.url, { timeoutMs: 5000 })
  },
  { globals, sleep },
)
