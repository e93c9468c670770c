import { describe, expect, it } from '@jest/globals'
import {
  BaseStore,
  createCaches,
  memoryStore,
  type Store,
  type StoredValue,
  tieredStore,
} from '@sitecache/core'
import { LocalBus } from '@sitecache/test-support/local-bus'
import { textOf } from '@sitecache/test-support/tiered-stores'
import fc from 'fast-check'

/** A far store whose every request and answer travels for as long as the scheduler likes, one overtaking the other. */
class TravelStore extends BaseStore {
  readonly name = 'far'
  readonly #memory = memoryStore()
  readonly #travel: () => Promise<void>

  constructor(travel: () => Promise<void>) {
    super()
    this.#travel = travel
  }

  async #ask<T>(answer: () => Promise<T>): Promise<T> {
    await this.#travel()
    const result = await answer()
    await this.#travel()
    return result
  }

  get = (key: string) => this.#ask(() => this.#memory.get(key))
  set = (key: string, value: StoredValue) => this.#ask(() => this.#memory.set(key, value, null))
  delete = (key: string) => this.#ask(() => this.#memory.delete(key))
  clear = (prefix: string) => this.#ask(() => this.#memory.clear(prefix))
  override add = (key: string, value: StoredValue) => this.#ask(() => this.#memory.add(key, value, null))
  override incr = (key: string, delta: number) => this.#ask(() => this.#memory.incr(key, delta))
  override getMany = (keys: readonly string[]) => this.#ask(() => this.#memory.getMany(keys))
  override deleteMany = (keys: readonly string[]) => this.#ask(() => this.#memory.deleteMany(keys))
  override setMany = (entries: ReadonlyMap<string, StoredValue>) =>
    this.#ask(() => this.#memory.setMany(entries, null))

  /** What is there now. */
  truth(key: string): string | undefined {
    return textOf(this.#memory.sync?.get(key))
  }
}

const KEYS = ['a:1', 'a:2', 'b:1'] as const
const key = fc.constantFrom(...KEYS)
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('set', 'add', 'delete', 'incr'), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('getMany', 'setMany', 'deleteMany'), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('clear', 'disconnect', 'reconnect'), key }) },
)
type Operation = { readonly kind: string; readonly key: string }

function perform(store: Store, { kind, key }: Operation, value: Buffer): Promise<unknown> {
  const keys = KEYS.filter((other) => other !== key)
  switch (kind) {
    case 'get':
      return store.get(key)
    case 'set':
      return store.set(key, value, null)
    case 'add':
      return store.add(key, value, null)
    case 'delete':
      return store.delete(key)
    case 'incr':
      return store.incr(key, 1000)
    case 'getMany':
      return store.getMany(keys)
    case 'setMany':
      return store.setMany(new Map(keys.map((one) => [one, value])), null)
    case 'deleteMany':
      return store.deleteMany(keys)
    default:
      return store.clear(key.slice(0, 2))
  }
}

describe('two processes that read and write at once', () => {
  it('hold nothing near that is not what the far store holds, when all messages have come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(fc.nat({ max: 1 }), operation), { minLength: 2, maxLength: 14 }),
        async (scheduler, steps) => {
          const travel = () => scheduler.schedule(Promise.resolve())
          const far = new TravelStore(travel)
          const bus = new LocalBus()
          let connected = true
          bus.deliver = (listener, message) => {
            void travel().then(() => connected && listener(message))
          }
          const reconnect = () => {
            connected = true
            bus.reconnect()
          }
          const stores = [0, 1].map(() => tieredStore(memoryStore(), far, { bus }))
          const done = steps.map(async ([process, step], i) => {
            await travel()
            if (step.kind === 'disconnect') connected = false
            else if (step.kind === 'reconnect') reconnect()
            else await perform(stores[process] as Store, step, Buffer.from(String(i)))
          })
          await scheduler.waitFor(Promise.all(done))
          while (scheduler.count() > 0) await scheduler.waitOne()
          if (!connected) reconnect()
          for (const store of stores) {
            for (const one of KEYS) {
              const near = textOf(store.near?.get(one))
              if (near !== undefined) expect([one, near]).toEqual([one, far.truth(one)])
              if (store.near?.isAbsent(one) === true) expect([one, far.truth(one)]).toEqual([one, undefined])
            }
          }
        },
      ),
      // Seconds at the most, however busy the machine.
      { numRuns: 1000, interruptAfterTimeLimit: 8000 },
    )
  }, 30_000)
})

describe('a read that began before its key was changed', () => {
  /** Each request and each answer waits until it is let through, the latest first. */
  function setUp() {
    const waiting: (() => void)[] = []
    const far = new TravelStore(() => new Promise((resolve) => waiting.push(resolve)))
    const bus = new LocalBus()
    const [here, there] = [tieredStore(memoryStore(), far, { bus }), tieredStore(memoryStore(), far, { bus })]
    const letThrough = async () => {
      waiting.pop()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const finish = async <T>(operation: Promise<T>): Promise<T> => {
      await letThrough()
      await letThrough()
      return operation
    }
    return { here, there, bus, letThrough, finish }
  }

  const changes: Record<string, (there: Store) => Promise<unknown>> = {
    'by another process': (there) => there.delete('a:1'),
    'with all of its prefix': (there) => there.clear('a:'),
  }
  it.each(Object.entries(changes))('%s is answered, and not kept', async (_, change) => {
    const { here, there, letThrough, finish } = setUp()
    await finish(there.set('a:1', Buffer.from('old'), null))
    const read = here.get('a:1')
    await letThrough()
    await finish(change(there))
    await letThrough()
    expect(textOf(await read)).toBe('old')
    expect(here.near?.get('a:1')).toBeUndefined()
    expect(await finish(here.get('a:1'))).toBeUndefined()
  })

  it('is not joined by one that wants to know what is there now', async () => {
    // Nobody tells this process.
    const { here, there, bus, letThrough, finish } = setUp()
    bus.deliver = () => {}
    const cache = createCaches({ default: { store: here } }).get('default')
    await finish(there.set('a:1', Buffer.from('old'), null))
    const read = here.get('a:1')
    await letThrough()
    await finish(there.set('a:1', Buffer.from('new'), null))
    const fresh = cache.entries.getFresh('a:1')
    await letThrough()
    await letThrough()
    await letThrough()
    expect([textOf(await read), textOf(await fresh)]).toEqual(['old', 'new'])
  })

  it('while the bus was disconnected is not kept', async () => {
    const { here, there, bus, letThrough, finish } = setUp()
    await finish(there.set('a:1', Buffer.from('old'), null))
    const read = here.get('a:1')
    await letThrough()
    bus.reconnect()
    await letThrough()
    expect(textOf(await read)).toBe('old')
    expect(here.near?.get('a:1')).toBeUndefined()
  })
})
