/** The sidebar: the documents that are there, those of the guide in the order of their tasks. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { documentsIn, placeOf, root, titleOf } from './pages.mjs'

/** Pages of the guide by headings; a page that stands in none comes last. */
const guide: Readonly<Record<string, readonly string[]>> = {
  'Cache pages': ['levels', 'site', 'page', 'signed-in', 'visitors', 'headers', 'stored'],
  'Cache parts and values': ['fragments', 'values', 'sessions', 'query'],
  'Run it': ['stores', 'purge', 'warm', 'under-load', 'failures', 'deploy', 'http-policy'],
  'See it work': ['why-is-it-not-cached', 'metrics', 'doctor', 'dashboard'],
}

type Item = DefaultTheme.SidebarItem

const itemOf = (document: string): Item => ({ text: titleOf(document), link: placeOf(document) ?? '/' })

const group = (text: string, items: readonly Item[], collapsed?: boolean): Item[] =>
  items.length === 0 ? [] : [{ text, items: [...items], ...(collapsed === undefined ? {} : { collapsed }) }]

function guideItems(): Item[] {
  const there = new Set(documentsIn('docs/guide'))
  const named = Object.entries(guide).flatMap(([heading, names]) => {
    const pages = names.map((name) => `docs/guide/${name}.md`).filter((page) => there.delete(page))
    return group(heading, pages.map(itemOf))
  })
  return [...named, ...group('More', [...there].map(itemOf))]
}

const folder = (text: string, path: string, collapsed?: boolean): Item[] =>
  group(text, documentsIn(path).map(itemOf), collapsed)

function packages(): Item[] {
  const names = readdirSync(join(root, 'packages')).sort()
  return names.map((name) => ({ text: `@sitecache/${name}`, link: `/packages/${name}` }))
}

/** Returns the sidebar of all pages. */
export function sidebar(): Item[] {
  const api: Item[] = [{ text: 'API of all packages', link: '/reference/api/' }]
  return [
    { text: 'Start', link: '/' },
    ...guideItems(),
    ...folder('Recipes', 'docs/recipes', true),
    ...folder('Move to sitecache', 'docs/migrate', true),
    ...group('Reference', [...documentsIn('docs/reference').map(itemOf), ...api]),
    ...group('Packages', packages(), true),
    ...group(
      'Inside',
      [
        { text: 'Contributing', link: '/contributing' },
        { text: 'Security', link: '/security' },
        ...documentsIn('docs/internals').map(itemOf),
        { text: 'Decisions', link: '/internals/decisions/' },
      ],
      true,
    ),
  ]
}
