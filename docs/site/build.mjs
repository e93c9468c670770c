/** Builds the site: the API reference from the packages as they are built, then all pages. */
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'

const docs = fileURLToPath(new URL('..', import.meta.url))
const [, , outDir] = process.argv

await import('./reference.mjs')
await build(docs, outDir === undefined ? {} : { outDir })
