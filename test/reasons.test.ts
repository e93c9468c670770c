import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { FORWARDS, REASONS, RESULTS, reasonLines } from '@sitecache/http'
import { root } from '@sitecache/test-support/workspace'
import { reasonsPage } from '../scripts/lib/reasons-page.mjs'

describe('docs/reference/reasons.md', () => {
  it('is what scripts/reasons.mjs writes', async () => {
    const page = await readFile(join(root, 'docs/reference/reasons.md'), 'utf8')
    expect(page).toBe(reasonsPage({ RESULTS, FORWARDS, REASONS, reasonLines }))
  })
})
