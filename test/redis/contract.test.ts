import { afterAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '../support/jest-globals.js'
import { startRedis } from '../support/servers/redis.js'

const server = await startRedis()

afterAll(() => server.stop())

storeContract(
  'redisStore on one server',
  async () => {
    await server.ask('FLUSHALL')
    return redisStore(server.url)
  },
  { globals, sleep },
)
