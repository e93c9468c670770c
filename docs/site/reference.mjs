/** Writes the API reference into the site's folder, which git leaves out. */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeReference } from './typedoc.mjs'

const folder = fileURLToPath(new URL('../reference/api', import.meta.url))
rmSync(folder, { recursive: true, force: true })
await writeReference(folder)
