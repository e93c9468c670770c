/** Writes docs/reference/speed.md. Run it after a new file in bench/results. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { speedData } from './lib/speed-data.mjs'
import { speedPage } from './lib/speed-page.mjs'

const page = fileURLToPath(new URL('../docs/reference/speed.md', import.meta.url))
const { runs, accounts } = await speedData()
writeFileSync(page, speedPage(runs, accounts))
