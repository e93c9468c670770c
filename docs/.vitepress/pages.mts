/** Places of the documents on the site. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The workspace's folder, from which the site takes its pages. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Folder on GitHub of files that are no pages. */
export const repository = 'https://github.com/sitecache/sitecache'

/** Documents outside of docs that are pages, by their paths on the site. */
export const rewrites: Record<string, string> = {
  'README.md': 'index.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'packages/:name/README.md': 'packages/:name.md',
  'docs/internals/decisions/README.md': 'internals/decisions/index.md',
  'docs/:rest*': ':rest*',
}

/** Files of the workspace that are no pages. */
export const excluded = [
  '**/node_modules/**',
  '**/CHANGELOG.md',
  'CODE_OF_CONDUCT.md',
  '.changeset/**',
  '.github/**',
  'bench/**',
  'examples/**',
  'scripts/**',
  'test/**',
  'packages/*/*/**',
  'docs/.snippets/**',
]

/** Returns the place on the site of a document of the workspace; undefined: it is no page. */
export function placeOf(document: string): string | undefined {
  if (!document.endsWith('.md') || !existsSync(join(root, document))) return undefined
  if (document === 'README.md') return '/'
  if (document === 'docs/internals/decisions/README.md') return '/internals/decisions/'
  if (document === 'CONTRIBUTING.md' || document === 'SECURITY.md')
    return `/${document.replace('.md', '').toLowerCase()}`
  const [, name] = /^packages\/([\w-]+)\/README\.md$/.exec(document) ?? []
  if (name !== undefined) return `/packages/${name}`
  if (!document.startsWith('docs/')) return undefined
  return document.replace(/^docs/, '').replace(/(\/)index\.md$|\.md$/, '$1')
}

/** Returns the document at a place on the site; undefined: it is not one of the workspace's own. */
export function documentAt(place: string): string | undefined {
  const [, name] = /^\/packages\/([\w-]+)$/.exec(place) ?? []
  const candidates = [
    ...(place === '/' ? ['README.md'] : []),
    ...(name === undefined ? [] : [`packages/${name}/README.md`]),
    `${place.slice(1).toUpperCase()}.md`,
    `docs${place}.md`,
    `docs${place}index.md`,
    `docs${place}README.md`,
  ]
  return candidates.find((file) => placeOf(file) === place)
}

/** Returns where a link of a document leads on the site, or on GitHub where it leads to no page. */
export function targetOf(document: string, link: string): string {
  if (/^([a-z][a-z+.-]*:|\/\/|#|\/)/i.test(link)) return link
  const [path = '', anchor] = link.split('#')
  const file = posix.normalize(posix.join(posix.dirname(document), path))
  const place = placeOf(file) ?? `${repository}/blob/main/${file}`
  return anchor === undefined ? place : `${place}#${anchor}`
}

/** Returns the first heading of a document. */
export function titleOf(document: string): string {
  const text = readFileSync(join(root, document), 'utf8')
  const [, title = document] = /^# (.+)$/m.exec(text) ?? []
  return title.replaceAll('`', '')
}

/** Lists the documents of a folder, its index first, and not those of its folders. */
export function documentsIn(folder: string): string[] {
  const place = join(root, folder)
  if (!existsSync(place)) return []
  const files = readdirSync(place).filter((file) => file.endsWith('.md') && file !== 'README.md')
  const isIndex = (file: string): number => (file === 'index.md' ? 0 : 1)
  const inOrder = files.sort((a, b) => isIndex(a) - isIndex(b) || (a < b ? -1 : 1))
  return inOrder.map((file) => `${folder}/${file}`)
}
