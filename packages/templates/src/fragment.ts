import { type Cache, type Caches, reportExpiry, reportTags } from '@sitecache/core'
import { resolveCache, willReport } from '@sitecache/core/internal'
import { type FragmentsOptions, fragmentCache, parseFragmentsOptions } from './fragment-cache.js'
import { type FragmentOptions, parseFragment } from './fragment-options.js'
import { lookUp, type RenderFragment } from './look-up.js'
import type { RenderedFragment } from './rendered-fragment.js'

willReport()

/**
 * Returns a part of a page, from the cache, or rendered and then cached.
 *
 * Concurrent renders of one fragment in the process run once. With a failing store it is rendered.
 * Containers are told of its tags and, with `lifetime`, its end, and of those of the fragments in
 * it, on a hit too.
 *
 * @param cache a cache, or the alias of one of the process-wide caches
 * @param render writes it on a miss
 * @throws SettingsError with the fragment and the wrong option; UnknownCacheError; errors of
 * `render`
 *
 * @example
 * const options = { timeout: '5m', name: 'sidebar', varyOn: [user.name] }
 * const html = await fragment(cache, options, () => renderSidebar(user))
 */
export async function fragment(
  cache: Cache | string,
  options: FragmentOptions,
  render: RenderFragment,
): Promise<string> {
  return report(await lookUp(resolveCache(cache), parseFragment(options), render))
}

/** Options of a fragment of `fragmentHelper`. */
export interface HelperOptions extends Pick<FragmentOptions, 'tags' | 'lifetime'> {
  /** A cache, or its alias. @default the cache 'fragments' if there is one, else 'default' */
  readonly using?: Cache | string | undefined
}

/** Renders a fragment in a template whose expressions may await. */
export interface FragmentHelper {
  (
    timeout: FragmentOptions['timeout'],
    name: string,
    varyOn: FragmentOptions['varyOn'],
    render: RenderFragment,
  ): Promise<string>
  (
    timeout: FragmentOptions['timeout'],
    name: string,
    varyOn: FragmentOptions['varyOn'],
    options: HelperOptions,
    render: RenderFragment,
  ): Promise<string>
}

/**
 * Makes `fragment` for templates of engines that can await: EJS, Eta, template literals.
 *
 * @throws SettingsError for an unknown option
 *
 * @example
 * app.locals.fragment = fragmentHelper({ caches })
 * // <%- await fragment(500, 'sidebar', [user.name], () => include('sidebar')) %>
 */
export function fragmentHelper(options: FragmentsOptions = {}): FragmentHelper {
  const caches = parseFragmentsOptions(options, 'fragmentHelper()')
  return (timeout, name, varyOn, ...rest: [RenderFragment] | [HelperOptions, RenderFragment]) => {
    const [given, render] = rest.length === 1 ? [{}, rest[0]] : rest
    return renderWith(caches, { timeout, name, varyOn, ...given }, render)
  }
}

async function renderWith(
  caches: Caches,
  { using, ...options }: FragmentOptions & HelperOptions,
  render: RenderFragment,
): Promise<string> {
  return fragment(fragmentCache(caches, using, options.name), options, render)
}

/** Reports a fragment's tags and end to its container; returns its text. */
export function report({ html, tags, expires }: RenderedFragment): string {
  reportTags(tags)
  reportExpiry(expires)
  return html
}
