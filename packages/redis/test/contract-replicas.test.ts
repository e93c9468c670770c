import { afterAll } from '@jest/globals'
import type { Store } from '@sitecache/core'
import { storeContract } from '@sitecache/core/testing'
import { redisStore } from '@sitecache/redis'
import { globals, sleep } from '@sitecache/test-support/jest-globals'
import { catchUp, startReplication } from '@sitecache/test-support/servers/redis'

const { leader, replicas } = await startReplication(2)

afterAll(async () => {
  await Promise.all([leader, ...replicas].map((server) => server.stop()))
})

const WRITES = ['set', 'delete', 'clear', 'add', 'touch', 'incr', 'setMany', 'deleteMany']

/** A replica knows a write a moment later; the contract reads at once. */
function inStep(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        const answer: unknown = await member.apply(target, args)
        if (WRITES.includes(String(name))) await catchUp(leader, replicas.length)
        return answer
      }
    },
  })
}

storeContract(
  'redisStore on a leader and two replicas',
  async () => {
    await leader.ask('FLUSHALL')
    await catchUp(leader, replicas.length)
    return inStep(
      redisStore(
        [leader, ...replicas].map(({ url }) => url),
        { timeoutMs: 5000 },
      ),
    )
  },
  { globals, sleep },
)
