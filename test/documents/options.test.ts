import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { root } from '@sitecache/test-support/workspace'
import { optionsPage } from '../../scripts/lib/options-page.mjs'

const page = await readFile(join(root, 'docs/reference/options.md'), 'utf8')

/** Options that a site takes, as its error names them. */
function allowedOptions(): string[] {
  try {
    siteCache({ misspelt: true } as object)
  } catch (error) {
    const [, allowed = ''] = String(error).split('Allowed: ')
    return allowed.split(', ')
  }
  throw new Error('a misspelt option was taken')
}

describe('docs/reference/options.md', () => {
  it('is what scripts/options.mjs writes', () => {
    expect(page).toBe(optionsPage())
  })

  it('has each option of a site', () => {
    const names = [...page.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name)
    expect(names.sort()).toEqual(allowedOptions().sort())
  })

  it('has the default of each', () => {
    expect([...page.matchAll(/^- \*\*Default\.\*\* *$/gm)]).toEqual([])
  })
})
