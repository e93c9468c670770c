/** Writes docs/reference/options.md. Run it after a change of an option or of its documentation. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { optionsPage } from './lib/options-page.mjs'

writeFileSync(fileURLToPath(new URL('../docs/reference/options.md', import.meta.url)), optionsPage())
