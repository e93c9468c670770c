import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { programFolder } from './workspace.js'

/**
 * What a member is asked; `vanish` answers when a key's value, which it read, is another one or none; `heard` when the
 * last `vanish` has.
 */
type Request = readonly [
  method: 'get' | 'set' | 'delete' | 'clear' | 'invalidations' | 'vanish' | 'heard',
  ...args: unknown[],
]

/** What it answers. */
export interface Answer {
  readonly value: unknown
}

const PROGRAM = `
import { createCaches, memoryStore, tieredStore } from '@sitecache/core'
import { redisBus, redisStore } from '@sitecache/redis'
const url = process.env.CACHE_URL
// Much longer than any test: what vanishes has been invalidated.
const store = tieredStore(memoryStore(), redisStore(url, { timeoutMs: 5000 }), { bus: redisBus(url), nearTimeout: 600 })
const caches = createCaches({ default: { store } })
const cache = caches.get('default')
let vanished
const ask = {
  vanish(key) {
    vanished = (async () => {
      const before = await cache.get(key)
      while ((await cache.get(key)) === before) await new Promise((resolve) => setTimeout(resolve, 2))
      return before
    })()
    return vanished
  },
  heard: () => vanished,
}
process.on('message', async ({ id, request: [method, ...args] }) => {
  const value = method in ask ? await ask[method](...args) : await cache[method](...args)
  // The test may be over.
  if (process.connected) process.send({ id, value })
})
process.on('disconnect', () => caches.close())
process.send('ready')
`

/** A process of its own with a tiered store on Redis. */
export class Member {
  readonly #child
  readonly #answers = new Map<number, (answer: Answer) => void>()
  #id = 0

  constructor(url: string) {
    this.#child = spawn(
      process.execPath,
      ['--input-type=module', '--unhandled-rejections=strict', '-e', PROGRAM],
      {
        cwd: programFolder,
        env: { ...process.env, CACHE_URL: url },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    )
    this.#child.on('message', (message: { id: number } & Answer) => this.#answers.get(message.id)?.(message))
  }

  async ready(): Promise<this> {
    await once(this.#child, 'message')
    return this
  }

  ask(...request: Request): Promise<Answer> {
    const id = ++this.#id
    this.#child.send({ id, request })
    return new Promise((resolve) => {
      this.#answers.set(id, resolve)
    })
  }

  /** Closes its caches; answers its exit code. */
  async end(): Promise<number | null> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    const [code] = await exited
    return code
  }
}
