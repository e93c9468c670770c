import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { bytesOf, type Cache, type Store } from '@sitecache/core'
import { redact } from '@sitecache/core/internal'
import { type CommandContext, everyCache } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { aligned } from '../report.js'
import { storeBehind } from '../stores.js'

interface Checked {
  readonly cache: string
  readonly store: string
  readonly ok: boolean
  readonly milliseconds: number
  /** The failed step and its error. */
  readonly failed?: { readonly step: string; readonly message: string }
}

type Steps = readonly (readonly [step: string, run: () => Promise<void>])[]

/** Longest delay of a replica, in milliseconds. */
const REPLICA_PATIENCE = 2000

/** Connects, writes, reads and deletes in each cache's store. */
export async function check({ caches, report }: CommandContext): Promise<ExitCode> {
  const checked = await Promise.all(everyCache(caches).map(examine))
  const rows = checked.map((each) => [each.cache, each.store, each.ok ? 'ok' : 'failed', detail(each)])
  report.result({ caches: checked }, aligned(rows))
  return checked.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed
}

async function examine(cache: Cache): Promise<Checked> {
  const store = storeBehind(cache)
  const started = performance.now()
  const failed = await firstFailure(stepsOf(store, cache.makeKey(`sitecache:check:${randomUUID()}`)))
  return {
    cache: cache.alias,
    store: cache.store.name,
    ok: failed === undefined,
    milliseconds: Math.round(performance.now() - started),
    ...(failed === undefined ? {} : { failed }),
  }
}

function stepsOf(store: Store, key: string): Steps {
  const value = Buffer.from(key)
  const connect = ['connect', () => store.check()] as const
  // A dummy store keeps nothing.
  if (store.name === 'dummy') return [connect]
  return [
    connect,
    ['write', () => store.set(key, value, Date.now() + 60_000)],
    ['read', () => expectValue(store, key, value)],
    ['delete', () => expectDeleted(store, key)],
  ]
}

async function firstFailure(steps: Steps): Promise<Checked['failed']> {
  for (const [step, run] of steps) {
    try {
      await run()
    } catch (error) {
      return { step, message: redact(error instanceof Error ? error.message : String(error)) }
    }
  }
  return undefined
}

async function expectValue(store: Store, key: string, value: Buffer): Promise<void> {
  const deadline = performance.now() + REPLICA_PATIENCE
  for (;;) {
    const entry = await store.get(key)
    if (entry !== undefined && value.equals(bytesOf(entry.value))) return
    if (performance.now() > deadline) {
      throw new Error(
        'what was written was not there: does it read from a replica that is behind, or has the store no room?',
      )
    }
    await wait(50)
  }
}

async function expectDeleted(store: Store, key: string): Promise<void> {
  if (!(await store.delete(key))) throw new Error('what was written was gone: has the store no room?')
}

function detail({ store, milliseconds, failed }: Checked): string {
  if (failed !== undefined) return `can not ${failed.step}: ${failed.message}`
  return store === 'dummy' ? 'keeps nothing' : `connected, wrote, read and deleted in ${milliseconds} ms`
}
