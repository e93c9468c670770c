import { afterAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '@sitecache/test-support/jest-globals'
import { startCluster } from '@sitecache/test-support/servers/redis-cluster'

const cluster = await startCluster()

afterAll(() => cluster.stop())

storeContract(
  'redisStore on a Cluster',
  async () => {
    await Promise.all(cluster.masters.map((master) => master.ask('FLUSHALL')))
    return redisStore(cluster.url, { timeoutMs: 5000 })
  },
  { globals, sleep },
)
