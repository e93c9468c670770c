import { afterAll, beforeAll } from '@jest/globals'
import { storeContract } from '@sitecache/core/testing'
import { memcachedStore } from '@sitecache/memcached'
import { globals, sleep } from '@sitecache/test-support/jest-globals'
import {
  type Memcached,
  type MemcachedOptions,
  startMemcached,
} from '@sitecache/test-support/servers/memcached'

const secret = { username: 'site', password: 'p:ä ss' }
const kinds: Record<string, MemcachedOptions> = {
  one: {},
  two: {},
  socket: { socket: true },
  sasl: { sasl: secret },
}
const servers: Record<string, Memcached> = {}

beforeAll(async () => {
  await Promise.all(
    Object.entries(kinds).map(async ([name, options]) => {
      servers[name] = await startMemcached(options)
    }),
  )
}, 30_000)
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

const at = (name: string) => servers[name]?.server ?? ''
const patient = { timeoutMs: 5000 }

/** A store whose servers hold nothing of it. */
async function emptied<T extends { clear(prefix: string): Promise<void> }>(store: T): Promise<T> {
  await store.clear('')
  return store
}

storeContract(
  'memcachedStore by the clock of its server',
  () => emptied(memcachedStore(at('one'), patient)),
  {
    globals,
    sleep,
  },
)
storeContract(
  'memcachedStore with one server',
  ({ now }) => emptied(memcachedStore(at('one'), { ...patient, now })),
  { globals },
)
storeContract(
  'memcachedStore with two servers',
  ({ now }) => emptied(memcachedStore([at('one'), at('two')], { ...patient, now })),
  { globals },
)
storeContract(
  'memcachedStore on a Unix socket',
  ({ now }) => emptied(memcachedStore(at('socket'), { ...patient, now })),
  { globals },
)
storeContract(
  'memcachedStore with SASL',
  ({ now }) => emptied(memcachedStore(at('sasl'), { ...patient, ...secret, now })),
  { globals },
)
storeContract(
  'memcachedStore in the binary protocol without a user',
  ({ now }) => emptied(memcachedStore([at('one'), at('two')], { ...patient, protocol: 'binary', now })),
  { globals },
)
