import { type Cache, type Collected, collect, expiryOf, type SetOptions, StoreError } from '@sitecache/core'
import { Abandoned } from './abandoned.js'
import type { ParsedFragment } from './fragment-options.js'
import { once } from './once.js'
import { fromStored, type Rendered, renderedFrom, toStored } from './rendered.js'

/** Writes a fragment; what it answers is written as it is. */
export type Render = () => unknown

/** The fragment from the cache, or rendered: by one of those in the process who ask for it meanwhile. */
export async function lookUp(cache: Cache, fragment: ParsedFragment, render: Render): Promise<Rendered> {
  if (isUncached(fragment)) return renderNow(fragment, render)
  const found = await ask(cache, fragment, render)
  if (found !== undefined) return found
  // Longer in the store than a fragment in it lives, or no fragment at all: replaced, by one of those who see it.
  const again = await once(cache, fragment.key, async () => {
    await cache.delete(fragment.key).catch(() => false)
    return ask(cache, fragment, render)
  })
  return again ?? renderNow(fragment, render)
}

/** What is known of a fragment without waiting: it, 'missing', or undefined: nothing. */
export function peek(cache: Cache, fragment: ParsedFragment): Rendered | 'missing' | undefined {
  try {
    const peeked = cache.peek(fragment.key)
    const found = peeked?.hit ? usable(fromStored(peeked.value)) : undefined
    if (found !== undefined || peeked === undefined) return found
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
  // Near, and too old: what is far may be newer.
  return cache.store.sync === undefined ? undefined : 'missing'
}

/** Keeps what was rendered without waiting; a store that fails is the cache's to tell. */
export function keep(cache: Cache, fragment: ParsedFragment, rendered: Rendered): void {
  const stored = toStored(rendered)
  if (stored === undefined) return
  cache.waitFor(cache.set(fragment.key, stored, optionsOf(fragment)).catch(() => {}))
}

/** Whether a timeout says that nothing is kept. */
export function isUncached({ timeout }: ParsedFragment): boolean {
  return timeout !== null && timeout <= 0
}

/** What was rendered, with what the fragment itself is to be dropped by. */
export function complete(fragment: ParsedFragment, collected: Collected<unknown>): Rendered {
  const own = fragment.lifetime ? expiryOf(fragment.timeout, Date.now()) : null
  const expires = earlier(collected.expires, own)
  return renderedFrom({ ...collected, tags: new Set([...fragment.tags, ...collected.tags]), expires })
}

async function renderNow(fragment: ParsedFragment, render: Render): Promise<Rendered> {
  return complete(fragment, await collect(render))
}

function optionsOf({ timeout, tags }: ParsedFragment): SetOptions & { readonly tags?: readonly string[] } {
  return tags.length === 0 ? { timeout } : { timeout, tags }
}

/** Undefined: what the cache has can't be used. */
async function ask(cache: Cache, fragment: ParsedFragment, render: Render): Promise<Rendered | undefined> {
  let own: Rendered | undefined
  let failed = false
  const source = async () => {
    try {
      own = await renderNow(fragment, render)
    } catch (error) {
      failed = true
      throw error
    }
    return toStored(own)
  }
  try {
    const value = await cache.getOrSet<unknown>(fragment.key, source, optionsOf(fragment))
    return own ?? usable(fromStored(value))
  } catch (error) {
    // `onError: 'throw'` is for those who call the cache; a page is shown all the same.
    if (own !== undefined) return own
    if (failed) throw error
    if (error instanceof Abandoned) return ask(cache, fragment, render)
    if (error instanceof StoreError) return renderNow(fragment, render)
    throw error
  }
}

function usable(rendered: Rendered | undefined): Rendered | undefined {
  if (rendered === undefined || rendered.expires === null) return rendered
  return rendered.expires > Date.now() ? rendered : undefined
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
