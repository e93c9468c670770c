/**
 * Writes the two modules beside each entry of the packages, after a build: `node scripts/esm-entries.mjs`.
 *
 * Run it when an entry's names change, and build again; a test fails on one that is stale.
 */
import { writeFileSync } from 'node:fs'
import { esmEntries } from './lib/esm-entries.mjs'
import { root } from './lib/workspace.mjs'

for (const [file, text] of esmEntries(root)) writeFileSync(file, text)
