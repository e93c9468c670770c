import { type Cache, type Collected, collect, type SetOptions, StoreError } from '@sitecache/core'
import { expiryOf } from '@sitecache/core/internal'
import { AbandonedRenderError } from './abandoned-render-error.js'
import type { ParsedFragment } from './fragment-options.js'
import { once } from './once.js'
import { fromStored, type RenderedFragment, renderedFrom, toStored } from './rendered-fragment.js'

/** Renders a fragment; its result is written without escaping. */
export type RenderFragment = () => unknown

/** Reads a fragment or renders it, once for all concurrent callers of the process. */
export async function lookUp(
  cache: Cache,
  fragment: ParsedFragment,
  render: RenderFragment,
): Promise<RenderedFragment> {
  if (isUncached(fragment)) return complete(fragment, await collect(render))
  const found = await ask(cache, fragment, render)
  if (found !== undefined) return found
  // An entry that outlived a fragment in it, or is no fragment, is replaced by one of the callers.
  const again = await once(cache, fragment.key, async () => {
    await cache.delete(fragment.key).catch(() => false)
    return ask(cache, fragment, render)
  })
  // The other caller's render began earlier, so its tags are checked for this one too.
  return (await usable(cache, fragment, again)) ?? renderNow(cache, fragment, render)
}

/**
 * Returns a fragment if that needs no waiting.
 *
 * @returns 'missing': there is none; undefined: unknown
 */
export function peek(cache: Cache, fragment: ParsedFragment): RenderedFragment | 'missing' | undefined {
  try {
    const peeked = cache.peek(fragment.key)
    if (peeked === undefined) return undefined
    const found = peeked.hit ? unexpired(fromStored(peeked.value)) : undefined
    const valid = found !== undefined && isValid(cache, fragment, found)
    // Checking the tags needs waiting.
    if (typeof valid !== 'boolean') return undefined
    if (valid) return found
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
  // A near entry is too old; the far one may be newer.
  return cache.store.sync === undefined ? undefined : 'missing'
}

/** Stores a rendered fragment without waiting; the cache reports a failing store. */
export function keep(cache: Cache, fragment: ParsedFragment, rendered: RenderedFragment): void {
  const stored = toStored(rendered)
  if (stored === undefined) return
  cache.waitFor(cache.set(fragment.key, stored, optionsOf(fragment)).catch(() => {}))
}

/** Returns whether the timeout means not cached. */
export function isUncached({ timeout }: ParsedFragment): boolean {
  return timeout !== null && timeout <= 0
}

/** Adds the fragment's own tags and end to a render. */
export function complete(fragment: ParsedFragment, collected: Collected<unknown>): RenderedFragment {
  const own = fragment.lifetime ? expiryOf(fragment.timeout, Date.now()) : null
  const expires = earlier(collected.expires, own)
  return renderedFrom({ ...collected, tags: new Set([...fragment.tags, ...collected.tags]), expires })
}

async function renderNow(
  cache: Cache,
  fragment: ParsedFragment,
  render: RenderFragment,
): Promise<RenderedFragment> {
  // Before the render: a tag invalidated meanwhile drops it.
  const since = await cache.tags.now()
  return { ...complete(fragment, await collect(render)), since }
}

function optionsOf({ timeout, tags }: ParsedFragment): SetOptions & { readonly tags?: readonly string[] } {
  return tags.length === 0 ? { timeout } : { timeout, tags }
}

/**
 * Reads or renders a fragment through the cache.
 *
 * @returns undefined: the entry can't be used
 */
async function ask(
  cache: Cache,
  fragment: ParsedFragment,
  render: RenderFragment,
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
    // `onError: 'throw'` is for direct calls of the cache; a page is rendered all the same.
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
 * Returns whether no tag of it or of the fragments in it, which the cache does not know, was
 * invalidated; a promise where the store has to be read.
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
