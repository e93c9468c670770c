import type { RememberedPurge } from '@sitecache/core/internal'
import { type Page, purgeKeyText } from '@sitecache/http'
import type { PageLocation } from '../pages/page-location.js'
import type { ExplainedDrops, LastPurge } from './explanation.js'

const routeTags = 'sitecache:route:'
const groupTags = 'sitecache:group:'

/** Tells what drops a page, and which purge by this process was the last to concern it. */
export function explainDrops({ keys, origin, url }: PageLocation, page: Page | undefined): ExplainedDrops {
  const tags = page?.tags ?? []
  const isOwn = (tag: string): boolean => !tag.startsWith(routeTags) && !tag.startsWith(groupTags)
  const groups = tags.filter((tag) => tag.startsWith(groupTags))
  const texts = [purgeKeyText(origin.host, url), purgeKeyText(undefined, url)]
  return {
    url: `${origin.scheme}://${origin.host}${url}`,
    tags: tags.filter(isOwn),
    route: page === undefined || page.route === '' ? undefined : page.route,
    // Behind the origin that they belong to.
    groups: groups.map((tag) => tag.slice(tag.indexOf(' ') + 1)),
    lastPurge: lastPurge(keys.cache.meter.purges, new Set([...tags, ...texts]), texts),
  }
}

function lastPurge(
  purges: readonly RememberedPurge[],
  names: ReadonlySet<string>,
  texts: readonly string[],
): LastPurge | undefined {
  const purge = purges.find((one) => one.by === 'clear' || one.names.some((name) => names.has(name)))
  if (purge === undefined) return undefined
  const { by, mode, at } = purge
  const name = purge.names.find((one) => names.has(one))
  const isUrl = name === undefined || texts.includes(name)
  return { by, mode, at, named: isUrl ? undefined : name.replace(routeTags, '') }
}
