import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { FORWARDS, REASONS, RESULTS, reasonLines } from '@sitecache/http'
import { root } from '@sitecache/test-support/workspace'
import { reasonsPage } from '../scripts/lib/reasons-page.mjs'

describe('docs/reference/reasons.md', () => {
  it('is linked to by the guide, word by word', async () => {
    const guide = await readFile(join(root, 'docs/guide/why-is-it-not-cached.md'), 'utf8')
    for (const word of Object.keys(REASONS)) expect(guide).toContain(`(../reference/reasons.md#${word})`)
    for (const word of Object.keys(FORWARDS)) expect(guide).toContain(`(../reference/reasons.md#fwd${word})`)
  })

  it('is what scripts/reasons.mjs writes', async () => {
    const page = await readFile(join(root, 'docs/reference/reasons.md'), 'utf8')
    expect(page).toBe(reasonsPage({ RESULTS, FORWARDS, REASONS, reasonLines }))
  })
})
