/** Writes docs/reference/errors.md and warnings.md from the pages of the codes. Run it after a change of one. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codesPage, kinds } from './lib/codes-page.mjs'
import { root } from './lib/workspace.mjs'

for (const kind of kinds) writeFileSync(join(root, `docs/reference/${kind}.md`), codesPage(root, kind))
