import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { WARNING_CODES } from '@sitecache/core/internal'
import { root } from '@sitecache/test-support/workspace'
import { codesOf, codesPage, kinds } from '../../scripts/lib/codes-page.mjs'
import { blocksOf } from '../../scripts/lib/snippets/read.mjs'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Codes that no example of a page can raise by itself, and the test that does. */
const raisedElsewhere: Readonly<Record<string, string>> = {
  ERR_SITECACHE_ABANDONED: 'packages/templates/test/passes.test.ts',
  ERR_SITECACHE_SITEMAP: 'packages/cli/test/sitemaps.test.ts',
  SITECACHE_AUDIT: 'packages/dashboard/test/actions.test.ts',
  SITECACHE_CLUSTER: 'test/warnings/workers.test.ts',
  SITECACHE_CULL: 'packages/sql/test/postgres-faults.test.ts',
  SITECACHE_FILE: 'packages/file/test/faults.test.ts',
}

/** Sources of all packages. */
function sources(): string[] {
  const files = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  const paths = files.map((file) => `packages/${file.replaceAll('\\', '/')}`)
  return paths.filter((file) => /^packages\/[a-z]+\/src\/.*(?<!\.test|\.d)\.ts$/.test(file))
}

/** Returns the codes of a pattern that sources name, in their order. */
function codesIn(files: readonly string[], pattern: RegExp): string[] {
  const codes = files.flatMap((file) => [...read(file).matchAll(pattern)].map(([, code = '']) => code))
  return [...new Set(codes)].sort()
}

describe('the codes of the sources', () => {
  it('have a page each: errors', () => {
    expect(codesOf(root, 'errors')).toEqual(codesIn(sources(), /'(ERR_SITECACHE\w*)'/g))
  })

  it('have a page each: warnings, each of which warns somewhere', () => {
    const users = sources().filter((file) => file !== 'packages/core/src/util/warnings.ts')
    // An environment variable has such a name too.
    expect(codesIn(users, /['`](SITECACHE_(?!DEBUG)[A-Z]+)['`]/g)).toEqual(WARNING_CODES)
    expect(codesOf(root, 'warnings')).toEqual(WARNING_CODES)
  })

  it('are warned with by one function', () => {
    const direct = sources().filter((file) => /process\.emitWarning/.test(read(file)))
    expect(direct).toEqual(['packages/core/src/util/warnings.ts'])
  })
})

describe.each(kinds)('docs/reference/%s.md', (kind) => {
  it('is what scripts/codes.mjs writes', () => {
    expect(read(`docs/reference/${kind}.md`)).toBe(codesPage(root, kind))
  })

  it.each(codesOf(root, kind))('has a page %s with its example, which raises it', (code) => {
    const document = `docs/reference/${kind}/${code}.md`
    expect(read(document)).toMatch(new RegExp(`^# ${code}\n\n\\S[\\s\\S]*\n## How one gets there\n\n\\S`))
    const raising = blocksOf(document).filter(({ words }) => words.raises === code)
    if (code === 'ERR_SITECACHE') return
    const elsewhere = raisedElsewhere[code]
    if (elsewhere === undefined) expect(raising).toHaveLength(1)
    else expect(read(elsewhere)).toContain(code)
  })
})

describe('the page of', () => {
  it.each(codesOf(root, 'errors'))('%s says what is allowed, and the remedy', (code) => {
    expect(read(`docs/reference/errors/${code}.md`)).toMatch(
      /\n- \*\*Allowed\.\*\* \S[\s\S]*\n- \*\*Remedy\.\*\* \S/,
    )
  })

  it.each(WARNING_CODES)(
    '%s says its cause, its remedy, how it is put right, and how it is switched off',
    (code) => {
      const text = read(`docs/reference/warnings/${code}.md`)
      expect(text).toMatch(/\n- \*\*Cause\.\*\* \S[\s\S]*\n- \*\*Comes\*\* \S[\s\S]*\n- \*\*Remedy\.\*\* \S/)
      expect(text).toMatch(new RegExp(`\\*\\*Off\\.\\*\\* \`.*${code}: false`))
      expect(text).toMatch(/\n## Put right\n\n```(?:js|sql|sh)\n\S/)
    },
  )
})
