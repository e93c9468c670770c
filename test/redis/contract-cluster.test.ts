import { afterAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '../support/jest-globals.js'
import { startCluster } from '../support/servers/redis-cluster.js'

const cluster = await startCluster()

afterAll(() => cluster.stop())

storeContract(
  'redisStore on a Cluster',
  async () => {
    await Promise.all(cluster.masters.map((master) => master.ask('FLUSHALL')))
    return redisStore(cluster.url)
  },
  { globals, sleep },
)
