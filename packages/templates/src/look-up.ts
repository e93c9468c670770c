import { type Cache, type Collected, collect, expiryOf, type SetOptions, StoreError } from '@sitecache/core'
import { AbandonedRenderError } from './abandoned-render-error.js'
import type { ParsedFragment } from './fragment-options.js'
import { once } from './once.js'
import { fromStored, type RenderedFragment, renderedFrom, toStored } from './rendered-fragment.js'

/** Writes a fragment; what it answers is written as it is. */
export type Render = () => unknown

/** The fragment from the cache, or rendered: by one of those in the process who ask for it meanwhile. */
export async function lookUp(
  cache: Cache,
  fragment: ParsedFragment,
  render: Render,
): Promise<RenderedFragment> {
  if (isUncached(fragment)) return complete(fragment, await collect(render))
  const found = await ask(cache, fragment, render)
  if (found !== undefined) return found
  // Longer in the store than a fragment in it lives, or no fragment at all: replaced, by one of those who see it.
  const again = await once(cache, fragment.key, async () => {
    await cache.delete(fragment.key).catch(() => false)
    return ask(cache, fragment, render)
  })
  // What another replaced it with began before this one asked: it has to hold for this one too.
  return (await usable(cache, fragment, again)) ?? renderNow(cache, fragment, render)
}

/** What is known of a fragment without waiting: it, 'missing', or undefined: nothing. */
export function peek(cache: Cache, fragment: ParsedFragment): RenderedFragment | 'missing' | undefined {
  try {
    const peeked = cache.peek(fragment.key)
    if (peeked === undefined) return undefined
    const found = peeked.hit ? unexpired(fromStored(peeked.value)) : undefined
    const valid = found !== undefined && isValid(cache, fragment, found)
    // Whether it is has to be waited for.
    if (typeof valid !== 'boolean') return undefined
    if (valid) return found
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
  // Near, and too old: what is far may be newer.
  return cache.store.sync === undefined ? undefined : 'missing'
}

/** Keeps what was rendered without waiting; a store that fails is the cache's to tell. */
export function keep(cache: Cache, fragment: ParsedFragment, rendered: RenderedFragment): void {
  const stored = toStored(rendered)
  if (stored === undefined) return
  cache.waitFor(cache.set(fragment.key, stored, optionsOf(fragment)).catch(() => {}))
}

/** Whether a timeout says that nothing is kept. */
export function isUncached({ timeout }: ParsedFragment): boolean {
  return timeout !== null && timeout <= 0
}

/** What was rendered, with what the fragment itself is to be dropped by. */
export function complete(fragment: ParsedFragment, collected: Collected<unknown>): RenderedFragment {
  const own = fragment.lifetime ? expiryOf(fragment.timeout, Date.now()) : null
  const expires = earlier(collected.expires, own)
  return renderedFrom({ ...collected, tags: new Set([...fragment.tags, ...collected.tags]), expires })
}

async function renderNow(cache: Cache, fragment: ParsedFragment, render: Render): Promise<RenderedFragment> {
  // Before it is rendered: a tag that is invalidated meanwhile drops it.
  const since = await cache.tags.now()
  return { ...complete(fragment, await collect(render)), since }
}

function optionsOf({ timeout, tags }: ParsedFragment): SetOptions & { readonly tags?: readonly string[] } {
  return tags.length === 0 ? { timeout } : { timeout, tags }
}

/** Undefined: what the cache has can't be used. */
async function ask(
  cache: Cache,
  fragment: ParsedFragment,
  render: Render,
): Promise<RenderedFragment | undefined> {
  let own: RenderedFragment | undefined
  let failed = false
  const source = async () => {
    try {
      own = await renderNow(cache, fragment, render)
    } catch (error) {
      failed = true
      throw error
    }
    return toStored(own)
  }
  try {
    const value = await cache.getOrSet<unknown>(fragment.key, source, optionsOf(fragment))
    return own ?? (await usable(cache, fragment, fromStored(value)))
  } catch (error) {
    // `onError: 'throw'` is for those who call the cache; a page is shown all the same.
    if (own !== undefined) return own
    if (failed) throw error
    if (error instanceof AbandonedRenderError) return ask(cache, fragment, render)
    if (error instanceof StoreError) return renderNow(cache, fragment, render)
    throw error
  }
}

async function usable(
  cache: Cache,
  fragment: ParsedFragment,
  stored: RenderedFragment | undefined,
): Promise<RenderedFragment | undefined> {
  const rendered = unexpired(stored)
  return rendered && (await isValid(cache, fragment, rendered)) ? rendered : undefined
}

function unexpired(rendered: RenderedFragment | undefined): RenderedFragment | undefined {
  if (rendered === undefined || rendered.expires === null) return rendered
  return rendered.expires > Date.now() ? rendered : undefined
}

/**
 * Whether none of its tags was invalidated: its own, and those of the fragments in it, which the cache does not know of. A promise
 * where the store has to be asked.
 */
function isValid(
  cache: Cache,
  fragment: ParsedFragment,
  { tags, since = 0 }: RenderedFragment,
): boolean | Promise<boolean> {
  if (tags.length === 0) return true
  const tagged = { key: cache.makeKey(fragment.key), tags, since }
  const epoch = cache.tags.now()
  const verdict =
    typeof epoch === 'number'
      ? cache.tags.verdict(tagged, epoch)
      : epoch.then((now) => cache.tags.verdict(tagged, now))
  return typeof verdict === 'string' ? verdict === 'valid' : verdict.then((said) => said === 'valid')
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
