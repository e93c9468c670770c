/** Writes docs/reference/reasons.md from the built package http. Run it after a change of a word. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as vocabulary from '../packages/http/dist/index.js'
import { reasonsPage } from './lib/reasons-page.mjs'

const page = fileURLToPath(new URL('../docs/reference/reasons.md', import.meta.url))
mkdirSync(new URL('../docs/reference/', import.meta.url), { recursive: true })
writeFileSync(page, reasonsPage(vocabulary))
