/** The sidebar: the documents that are there, those of the guide in the order of their tasks. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import type { LlmsGroup } from '../site/llms.mjs'
import { documentAt, documentsIn, placeOf, root, titleOf } from './pages.mjs'

/** Pages of the guide by headings; a page that stands in none comes last. */
const guide: Readonly<Record<string, readonly string[]>> = {
  'Cache pages': ['levels', 'site', 'page', 'signed-in', 'visitors', 'headers', 'stored'],
  'Cache parts and values': ['fragments', 'values', 'sessions', 'query'],
  'Run it': ['stores', 'purge', 'warm', 'under-load', 'failures', 'deploy', 'http-policy'],
  'See it work': ['why-is-it-not-cached', 'metrics', 'doctor', 'dashboard'],
}

type Item = DefaultTheme.SidebarItem

const itemOf = (document: string): Item => ({ text: titleOf(document), link: placeOf(document) ?? '/' })

const group = (text: string, items: readonly Item[]): Item[] =>
  items.length === 0 ? [] : [{ text, items: [...items] }]

function guideItems(): Item[] {
  const there = new Set(documentsIn('docs/guide'))
  const named = Object.entries(guide).flatMap(([heading, names]) => {
    const pages = names.map((name) => `docs/guide/${name}.md`).filter((page) => there.delete(page))
    return group(heading, pages.map(itemOf))
  })
  return [...named, ...group('More', [...there].map(itemOf))]
}

const folder = (text: string, path: string): Item[] => group(text, documentsIn(path).map(itemOf))

function packages(): Item[] {
  const names = readdirSync(join(root, 'packages')).sort()
  return names.map((name) => ({ text: `@sitecache/${name}`, link: `/packages/${name}` }))
}

const tasks = (): Item[] => [
  { text: 'Start', link: '/' },
  ...guideItems(),
  ...folder('Recipes', 'docs/recipes'),
  ...folder('Move to sitecache', 'docs/migrate'),
]

const reference = (): Item[] => [
  ...group('Reference', [
    ...documentsIn('docs/reference').map(itemOf),
    { text: 'API of all packages', link: '/reference/api/' },
  ]),
  ...folder('Errors by code', 'docs/reference/errors'),
  ...folder('Warnings by code', 'docs/reference/warnings'),
  ...group('Packages', packages()),
]

const inside = (): Item[] => [
  ...group('Inside', [
    { text: 'Contributing', link: '/contributing' },
    { text: 'Security', link: '/security' },
    ...documentsIn('docs/internals').map(itemOf),
  ]),
  ...group('Decisions', [
    { text: 'All decisions', link: '/internals/decisions/' },
    ...documentsIn('docs/internals/decisions').map(itemOf),
  ]),
]

/** Returns the sidebars by the places whose pages they stand beside. */
export function sidebars(): Record<string, Item[]> {
  return {
    '/': tasks(),
    '/reference/': reference(),
    '/packages/': reference(),
    '/internals/': inside(),
    '/contributing': inside(),
    '/security': inside(),
  }
}

/** Returns the headings of all sidebars with their documents; the API reference is none. */
export function pageGroups(): LlmsGroup[] {
  return [...tasks(), ...reference(), ...inside()].map(
    ({ text = '', link, items = [{ text, ...(link === undefined ? {} : { link }) }] }) => ({
      text,
      pages: items.flatMap(({ text: title = '', link: place = '' }) => {
        const document = documentAt(place)
        return document === undefined ? [] : [{ title, place, document }]
      }),
    }),
  )
}
