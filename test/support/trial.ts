import type { ServerResponse } from 'node:http'
import { expect } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import type { Framework, Use } from './applications.js'
import { ByteStore } from './byte-store.js'
import { bodyOf, getRaw } from './raw.js'
import { serve } from './serve.js'
import { outcome } from './twins.js'

export const whole = 'whole page'
export const half = 'half a page'

/** Resolves when a response is over, one way or another. */
export function over(res: ServerResponse): Promise<unknown> {
  return new Promise((resolve) => res.once('close', resolve))
}

export interface Trial {
  readonly url: string
  readonly renders: () => number
  /** The first response is over, and its handler with it. */
  readonly settled: Promise<unknown>
  /** Keys of the pages in the store, when its writes are done. */
  stored(): Promise<readonly string[]>
}

/** An application whose first response is at fault, and the following ones are not. */
export async function trial(framework: Framework, fault: Use): Promise<Trial> {
  const store = new ByteStore()
  const caches = createCaches({ default: { store } })
  let renders = 0
  let settle: (value: unknown) => void = () => undefined
  const settled = new Promise((resolve) => {
    settle = resolve
  })
  const handler: Use = (req, res, next) => {
    renders += 1
    if (renders > 1) return res.end(whole)
    const ended = over(res)
    try {
      const result = fault(req, res, next)
      settle(Promise.all([ended, Promise.resolve(result).catch(() => undefined)]))
      return result
    } catch (error) {
      settle(ended)
      throw error
    }
  }
  const app = framework.build([siteCache({ caches }), handler], (_req, res) => res.end())
  const stored = async (): Promise<readonly string[]> => {
    await caches.idle()
    return [...store.entries.keys()].filter((key) => key.includes(':page:'))
  }
  return { url: await serve(app), stored, renders: () => renders, settled }
}

/** Nothing is stored, the next visitor gets a page of their own, and all after them that one. */
export async function expectNothingKept({ url, stored, renders, settled }: Trial): Promise<void> {
  await settled
  expect(await stored()).toEqual([])
  const victim = await getRaw(url, '/page')
  expect([outcome(victim), bodyOf(victim).toString(), renders()]).toEqual(['stored', whole, 2])
  expect(await stored()).toHaveLength(1)
  const hit = await getRaw(url, '/page')
  expect([outcome(hit), bodyOf(hit).toString(), renders()]).toEqual(['hit', whole, 2])
}
