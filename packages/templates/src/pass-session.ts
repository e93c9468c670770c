import { AsyncLocalStorage } from 'node:async_hooks'
import { type Cache, type Collected, reportExpiry, reportTags } from '@sitecache/core'
import { collectSync } from '@sitecache/core/internal'
import { AbandonedRenderError } from './abandoned-render-error.js'
import { report } from './fragment.js'
import type { ParsedFragment } from './fragment-options.js'
import { complete, isUncached, keep, lookUp, peek } from './look-up.js'
import type { RenderedFragment } from './rendered-fragment.js'
import type { TagFragment } from './tag.js'

/**
 * Most passes; only values that differ each time need more, and then the rest is rendered uncached.
 */
const MAX_PASSES = 30

/** Does again what a block did to its template. */
export type Apply = (effects: object | undefined) => void

function write(rendered: RenderedFragment, apply: Apply): string {
  apply(rendered.effects)
  return report(rendered)
}

/** State of a fragment while its page is rendered. */
type FragmentState =
  | { readonly state: 'asked' }
  | {
      readonly state: 'leading'
      readonly deliver: (collected: Collected<unknown>) => void
      readonly abandon: (e: unknown) => void
    }
  | { readonly state: 'settled'; readonly rendered: RenderedFragment }
  | { readonly state: 'failed'; readonly error: unknown }

const storage = new AsyncLocalStorage<PassSession>()

/** Returns the page being rendered by passes. */
export function currentSession(): PassSession | undefined {
  const session = storage.getStore()
  // Work that the page does not wait for, such as a mail rendered later, is no part of its passes.
  return session?.done ? undefined : session
}

/**
 * Renders one page of an engine whose tags can't wait, in passes.
 *
 * An unknown fragment is looked up and leaves a gap; when it is known, the page is rendered again,
 * until no gap is left. Only that output is used, so that filters, macros, loops and includes
 * around a fragment see its real text: the asynchronous tags of these engines lose content inside
 * of those.
 */
export class PassSession {
  readonly #states = new Map<Cache, Map<string, FragmentState>>()
  /** True when the page is complete or has failed. */
  done = false
  #gaps = 0
  #changes = 0
  #wake = () => {}
  #lastPass = false

  /** Renders passes until the page is complete. */
  async run(pass: () => Promise<string>): Promise<string> {
    try {
      for (let passes = 1; ; passes++) {
        this.#lastPass = passes >= MAX_PASSES
        const output = await this.#pass(pass)
        if (output !== undefined) return output
        // Fragments that arrive together share a pass.
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      this.done = true
      for (const states of this.#states.values())
        for (const state of states.values())
          if (state.state === 'leading') state.abandon(new AbandonedRenderError())
    }
  }

  /**
   * Renders one pass.
   *
   * @returns undefined: it has gaps, of which some can be filled now
   */
  async #pass(pass: () => Promise<string>): Promise<string | undefined> {
    const before = this.#changes
    this.#gaps = 0
    let output: string | undefined
    try {
      output = await storage.run(this, pass)
    } catch (error) {
      // A gap may break the template.
      if (this.#gaps === 0) throw error
    }
    if (this.#gaps === 0) return output
    if (this.#changes === before) await new Promise<void>((resolve) => (this.#wake = resolve))
    return undefined
  }

  /** Returns a fragment's text; empty when it is unknown yet. */
  fragment({ cache, fragment }: TagFragment, body: () => unknown, apply: Apply): string {
    if (this.#lastPass || isUncached(fragment)) return write(complete(fragment, collectSync(body)), apply)
    const known = this.#states.get(cache)?.get(fragment.key)
    const now = known === undefined ? this.#now(cache, fragment, body, apply) : undefined
    if (now !== undefined) return now
    const state = known ?? this.#ask(cache, fragment)
    switch (state.state) {
      case 'settled':
        return write(state.rendered, apply)
      case 'failed':
        throw state.error
      case 'leading':
        return this.#lead(cache, fragment, state, body, apply)
      case 'asked':
        this.#gaps++
        return ''
    }
  }

  #lead(
    cache: Cache,
    fragment: ParsedFragment,
    state: FragmentState & { state: 'leading' },
    body: () => unknown,
    apply: Apply,
  ): string {
    const before = this.#gaps
    let collected: Collected<unknown>
    try {
      collected = collectSync(body)
    } catch (error) {
      if (this.#gaps === before) state.abandon(error)
      throw error
    }
    if (this.#gaps > before) return ''
    state.deliver(collected)
    const rendered = complete(fragment, collected)
    this.#put(cache, fragment.key, { state: 'settled', rendered })
    return write(rendered, apply)
  }

  /**
   * Returns a fragment of a store in this process, which costs no pass.
   *
   * @returns undefined: it has to be waited for
   */
  #now(cache: Cache, fragment: ParsedFragment, body: () => unknown, apply: Apply): string | undefined {
    const found = peek(cache, fragment)
    if (found === undefined) return undefined
    const before = this.#gaps
    const since = found === 'missing' ? cache.tags.now() : 0
    if (typeof since !== 'number') return undefined
    const rendered = found === 'missing' ? { ...complete(fragment, collectSync(body)), since } : found
    // A fragment in it has to be waited for; other pages must not render this one meanwhile.
    if (this.#gaps > before) return undefined
    if (found === 'missing') keep(cache, fragment, rendered)
    this.#put(cache, fragment.key, { state: 'settled', rendered })
    return write(rendered, apply)
  }

  #ask(cache: Cache, fragment: ParsedFragment): FragmentState {
    const asked: FragmentState = { state: 'asked' }
    this.#states.set(cache, (this.#states.get(cache) ?? new Map()).set(fragment.key, asked))
    const put = (state: FragmentState) => this.#put(cache, fragment.key, state)
    lookUp(cache, fragment, () => this.#render(put)).then(
      (rendered) => put({ state: 'settled', rendered }),
      (error: unknown) => put({ state: 'failed', error }),
    )
    return asked
  }

  /** Has the next pass render it. */
  async #render(put: (state: FragmentState) => void): Promise<unknown> {
    const { value, tags, expires } = await new Promise<Collected<unknown>>((deliver, abandon) => {
      put({ state: 'leading', deliver, abandon })
    })
    reportTags([...tags])
    reportExpiry(expires)
    return value
  }

  #put(cache: Cache, key: string, state: FragmentState): void {
    this.#states.set(cache, (this.#states.get(cache) ?? new Map()).set(key, state))
    this.#changes++
    this.#wake()
  }
}
