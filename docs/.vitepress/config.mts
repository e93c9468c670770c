import { join, relative, sep } from 'node:path'
import { type DefaultTheme, defineConfig, type MarkdownEnv, type MarkdownRenderer } from 'vitepress'
import { drawDiagrams } from '../site/diagrams.mjs'
import { writeLlms } from '../site/llms.mjs'
import { excluded, repository, rewrites, root, targetOf } from './pages.mjs'
import { pageGroups, sidebars } from './sidebar.mjs'

/** Leads links between documents, which are files of the workspace, to their places on the site. */
function linksOfSite(md: MarkdownRenderer): void {
  md.core.ruler.push('links-of-site', ({ tokens, env }) => {
    const { realPath, path } = env as MarkdownEnv & { realPath?: string }
    const document = relative(root, realPath ?? path).replaceAll(sep, '/')
    for (const token of tokens.flatMap((it) => it.children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href !== null) token.attrSet('href', targetOf(document, href))
    }
  })
}

/** Returns the anchor that GitHub gives a heading, so that links are the same in both places. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

/** Makes a cell of a table's head that is empty a plain one: it is the head of nothing. */
function emptyHeadsAsCells(md: MarkdownRenderer): void {
  md.core.ruler.push('empty-heads-as-cells', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      const close = tokens[i + 2]
      if (token.type !== 'th_open' || tokens[i + 1]?.content !== '' || close === undefined) continue
      token.tag = 'td'
      close.tag = 'td'
    }
  })
}

/** Keeps `{{` of template engines from the site's own, which would take it for an expression. */
function bracesAsText(md: MarkdownRenderer): void {
  for (const rule of ['text', 'code_inline'] as const) {
    const render = md.renderer.rules[rule]
    md.renderer.rules[rule] = (...args) => (render?.(...args) ?? '').replaceAll('{{', '&#123;&#123;')
  }
}

/**
 * Returns how much a page counts in the search: a task before a reference, and the list of all types last. The site
 * has this function as text, so it stands by itself.
 */
function weightOf(place: string): number {
  if (/\/reference\/api\//.test(place)) return 0.1
  if (/\/(?:internals\/|contributing)/.test(place)) return 0.3
  if (/\/migrate\//.test(place)) return 0.6
  if (/\/guide\/why-is-it-not-cached/.test(place)) return 3
  return /\/(?:guide|recipes)\/|\/reference\/(?:reasons|errors|warnings)/.test(place) ? 2 : 1
}

/** Renders a page for the search, which keeps its words: colours of code would take as long as the page. */
const searchable: DefaultTheme.LocalSearchOptions['_render'] = (source, env, md) => {
  const { highlight } = md.options
  md.set({ highlight: null })
  try {
    return md.render(source, env)
  } finally {
    md.set({ highlight })
  }
}

const title = 'sitecache'
/** Path of the site on its host, with slashes around it. */
const { DOCS_BASE: base = '/' } = process.env
const description =
  'Cache a whole Express site, a route, a fragment or a value, in memory, Redis, Memcached, SQL or files, with one set of rules.'

export default defineConfig({
  title,
  description,
  lang: 'en',
  srcDir: '..',
  srcExclude: excluded,
  rewrites,
  cleanUrls: true,
  base,
  outDir: './.vitepress/dist',
  cacheDir: './.vitepress/cache',
  vite: {
    publicDir: 'docs/public',
    plugins: [
      // Pages stand outside of docs, from where Vue can't be found.
      {
        name: 'vue-for-pages',
        enforce: 'pre',
        resolveId(id, importer, options) {
          if (!/^vue($|\/)/.test(id) || importer?.includes('.md') !== true) return null
          return this.resolve(id, join(root, 'docs/package.json'), { ...options, skipSelf: true })
        },
      },
    ],
  },
  markdown: {
    anchor: { slugify: anchorOf },
    languageAlias: { cjs: 'js' },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => {
      emptyHeadsAsCells(md)
      linksOfSite(md)
      bracesAsText(md)
      drawDiagrams(md)
    },
  },
  buildEnd: ({ outDir: out }) =>
    writeLlms({ out, base, root, title, description, groups: pageGroups(), targetOf }),
  themeConfig: {
    search: {
      provider: 'local',
      options: { _render: searchable, miniSearch: { searchOptions: { boostDocument: weightOf } } },
    },
    outline: [2, 3],
    sidebar: sidebars(),
    nav: [
      { text: 'Guide', link: '/guide/levels' },
      { text: 'Reference', link: '/reference/options' },
      { text: 'Reasons', link: '/reference/reasons' },
      { text: 'Inside', link: '/internals/architecture' },
    ],
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/:path`, text: 'Edit this page' },
  },
})
