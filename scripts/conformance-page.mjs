/** Writes docs/reference/conformance.md. Run it after `pnpm conformance --update`, or a change of a deliberate difference. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { conformanceData } from './lib/conformance-data.mjs'
import { conformancePage } from './lib/conformance-page.mjs'

const page = fileURLToPath(new URL('../docs/reference/conformance.md', import.meta.url))
writeFileSync(page, conformancePage(await conformanceData()))
