import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { WARNING_CODES } from '@sitecache/core/internal'
import { root } from '@sitecache/test-support/workspace'

const page = await readFile(join(root, 'docs/reference/warnings.md'), 'utf8')

/** The sources of all packages, by path. */
async function sources(): Promise<[string, string][]> {
  const files = await readdir(join(root, 'packages'), { recursive: true })
  const own = files.filter((file) => /^[a-z]+\/src\/.*(?<!\.test|\.d)\.ts$/.test(file.replaceAll('\\', '/')))
  return Promise.all(
    own.map(
      async (file): Promise<[string, string]> => [file, await readFile(join(root, 'packages', file), 'utf8')],
    ),
  )
}

describe('docs/reference/warnings.md', () => {
  it('has a heading for each code, in their order, and no other', () => {
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual(WARNING_CODES)
  })

  it.each(WARNING_CODES)('says of %s its cause, its remedy, and how it is switched off', (code) => {
    const [entry = ''] = page.split(`\n## ${code}\n`)[1]?.split('\n## ') ?? []
    expect(entry).toMatch(
      /^\n\S[\s\S]*\n- \*\*Cause\.\*\* \S[\s\S]*\n- \*\*Comes\*\* \S[\s\S]*\n- \*\*Remedy\.\*\* \S/,
    )
    expect(entry).toMatch(new RegExp(`\\*\\*Off\\.\\*\\* \`.*${code}: false`))
    expect(entry).toMatch(/```(?:js|sql)\n\S/)
  })

  it('knows all codes that the sources warn with, each of which warns somewhere', async () => {
    const used = new Set<string>()
    for (const [file, text] of await sources()) {
      if (/core.src.util.warnings\.ts$/.test(file)) continue
      expect([file, /process\.emitWarning/.test(text)]).toEqual([file, false])
      // An environment variable has such a name too.
      for (const [, code = ''] of text.matchAll(/['`](SITECACHE_(?!DEBUG)[A-Z]+)['`]/g)) used.add(code)
    }
    expect([...used].sort()).toEqual(WARNING_CODES)
  })
})
