import { type Cache, type Caches, reportExpiry, reportTags, resolveCache, willReport } from '@sitecache/core'
import { type FragmentsOptions, fragmentCache, parseFragmentsOptions } from './fragment-cache.js'
import { type FragmentOptions, parseFragment } from './fragment-options.js'
import { lookUp, type Render } from './look-up.js'
import type { RenderedFragment } from './rendered-fragment.js'

willReport()

/**
 * A part of a page, from the cache or rendered and then kept as it was rendered.
 *
 * Concurrent renders of one fragment in the process run once. A store that fails renders it. What contains the fragment is
 * told of its tags, and with `lifetime` of its end; so it is by those that it contains, also when they come from the cache.
 *
 * @param cache a cache, or the alias of one of the process-wide caches
 * @param render writes it, when it is not in the cache
 * @throws SettingsError naming the fragment and the option that is wrong; UnknownCacheError; what `render` throws
 *
 * @example
 * const html = await fragment(cache, { timeout: '5m', name: 'sidebar', varyOn: [user.name] }, () => renderSidebar(user))
 */
export async function fragment(
  cache: Cache | string,
  options: FragmentOptions,
  render: Render,
): Promise<string> {
  return report(await lookUp(resolveCache(cache), parseFragment(options), render))
}

/** What `fragmentHelper` takes beside the rest. */
export interface HelperOptions extends Pick<FragmentOptions, 'tags' | 'lifetime'> {
  /** A cache, or its alias. @default the cache 'fragments' if there is one, else 'default' */
  readonly using?: Cache | string | undefined
}

/** Renders a fragment in a template whose expressions may wait. */
export interface FragmentHelper {
  (
    timeout: FragmentOptions['timeout'],
    name: string,
    varyOn: FragmentOptions['varyOn'],
    render: Render,
  ): Promise<string>
  (
    timeout: FragmentOptions['timeout'],
    name: string,
    varyOn: FragmentOptions['varyOn'],
    options: HelperOptions,
    render: Render,
  ): Promise<string>
}

/**
 * `fragment` for templates of engines that can wait, as EJS, Eta and template literals can.
 *
 * @throws SettingsError for an unknown option
 *
 * @example
 * app.locals.fragment = fragmentHelper({ caches })
 * // <%- await fragment(500, 'sidebar', [user.name], () => include('sidebar')) %>
 */
export function fragmentHelper(options: FragmentsOptions = {}): FragmentHelper {
  const caches = parseFragmentsOptions(options, 'fragmentHelper()')
  return (timeout, name, varyOn, ...rest: [Render] | [HelperOptions, Render]) => {
    const [given, render] = rest.length === 1 ? [{}, rest[0]] : rest
    return renderWith(caches, { timeout, name, varyOn, ...given }, render)
  }
}

async function renderWith(
  caches: Caches,
  { using, ...options }: FragmentOptions & HelperOptions,
  render: Render,
): Promise<string> {
  return fragment(fragmentCache(caches, using, options.name), options, render)
}

/** Tells what contains the fragment of it; answers its text. */
export function report({ html, tags, expires }: RenderedFragment): string {
  reportTags(tags)
  reportExpiry(expires)
  return html
}
