import { type Cache, SettingsError } from '@sitecache/core'
import { invalidatePage } from '@sitecache/express'
import { type CommandContext, strictly } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'

/** Pages and tags to purge, and the options of the middleware that made the keys. */
export interface PurgeCommandOptions {
  readonly cache?: string
  readonly url?: readonly string[]
  readonly tag?: readonly string[]
  readonly keyPrefix?: string
  readonly query?: 'exact' | 'sorted'
}

/** Drops the pages of URLs, and everything with one of some tags. */
export async function purge(
  { caches, report }: CommandContext,
  options: PurgeCommandOptions,
): Promise<ExitCode> {
  const { cache: alias = 'default', url: urls = [], tag: tags = [], keyPrefix, query } = options
  if (urls.length === 0 && tags.length === 0) throw new SettingsError('purge what? Give --url or --tag')
  const cache = caches.get(alias)
  const invalidateTags = tags.length === 0 ? undefined : tagInvalidation(cache)
  const how = {
    cache,
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    ...(query === undefined ? {} : { query }),
  }
  const pages: { url: string; dropped: boolean }[] = []
  for (const url of urls) pages.push({ url, dropped: await strictly(cache, () => invalidatePage(url, how)) })
  if (invalidateTags !== undefined) await strictly(cache, () => invalidateTags(tags))
  report.result({ pages, tags }, [
    ...pages.map(({ url, dropped }) =>
      dropped ? `dropped the pages of ${url}` : `there were no pages of ${url}`,
    ),
    ...tags.map((tag) => `invalidated the tag ${tag}`),
  ])
  return exitCodes.ok
}

/** @throws SettingsError when the installed @sitecache/core knows no tags. */
function tagInvalidation(cache: Cache): (tags: readonly string[]) => Promise<unknown> {
  const invalidate: unknown = Reflect.get(cache, 'invalidateTags')
  if (typeof invalidate === 'function') return async (tags) => invalidate.apply(cache, tags)
  throw new SettingsError('--tag: the @sitecache/core that is installed knows no tags: update it')
}
