import { join, relative } from 'node:path'
import { defineConfig, type MarkdownEnv, type MarkdownRenderer } from 'vitepress'
import type { Plugin } from 'vite'
import { excluded, repository, rewrites, root, targetOf } from './pages.mjs'
import { sidebar } from './sidebar.mjs'

/** Finds Vue for pages that stand outside of docs, from where it is not installed. */
function vueForPages(): Plugin {
  return {
    name: 'vue-for-pages',
    enforce: 'pre',
    resolveId(id, importer, options) {
      if (!/^vue($|\/)/.test(id) || importer?.includes('.md') !== true) return null
      return this.resolve(id, join(root, 'docs/package.json'), { ...options, skipSelf: true })
    },
  }
}

/** Leads links between documents, which are files of the workspace, to their places on the site. */
function linksOfSite(md: MarkdownRenderer): void {
  md.core.ruler.push('links-of-site', ({ tokens, env }) => {
    const { realPath, path } = env as MarkdownEnv & { realPath?: string }
    const document = relative(root, realPath ?? path)
    for (const token of tokens.flatMap((it) => it.children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href !== null) token.attrSet('href', targetOf(document, href))
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

export default defineConfig({
  title: 'sitecache',
  description:
    'Cache a whole Express site, a route, a fragment or a value, in memory, Redis, Memcached, SQL or files, with one set of rules.',
  lang: 'en',
  srcDir: '..',
  srcExclude: excluded,
  rewrites,
  cleanUrls: true,
  outDir: './.vitepress/dist',
  cacheDir: './.vitepress/cache',
  vite: {
    publicDir: 'docs/public',
    plugins: [vueForPages()],
  },
  markdown: {
    config: (md) => {
      linksOfSite(md)
      bracesAsText(md)
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: sidebar(),
    nav: [
      { text: 'Guide', link: '/guide/levels' },
      { text: 'Options', link: '/reference/options' },
      { text: 'Reasons', link: '/reference/reasons' },
      { text: 'API', link: '/reference/api/' },
    ],
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/:path`, text: 'Edit this page' },
  },
})
