import { beforeAll, describe, expect, it } from '@jest/globals'
import { checkSnippets, type SnippetsReport } from '../../scripts/lib/snippets/check.mjs'
import { blocksOf } from '../../scripts/lib/snippets/read.mjs'

const document = 'test/documents/fixtures/faulty.md'

describe('the check of snippets', () => {
  let report: SnippetsReport
  beforeAll(async () => {
    report = await checkSnippets({ only: document, compilers: ['TypeScript 7'] })
  }, 60_000)

  it.each([
    ['a mistake in types', 4, 'TypeScript 7', /Argument of type 'true'/],
    ['an exception', 8, 'run', /does not run/],
    ['a route that fails', 12, 'run', /GET \/fails was answered 500/],
    ['a hit that is none', 20, 'run', /GET \/never was no hit/],
    ['another value than a comment says', 24, 'run', /'Hello'[\s\S]*'Goodbye'/],
    ['a rejection that nothing handles', 29, 'run', /nobody has a look at it/],
  ])('finds %s', (_, line, by, message) => {
    const found = report.faults.filter((fault) => fault.place === `${document}:${line}` && fault.by === by)
    expect(found).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })])
  })

  it('finds no fault in what is sound', () => {
    expect(report.count).toBe(7)
    expect(report.faults.filter(({ place }) => Number(place.split(':')[1]) > 31)).toEqual([])
  })
})

describe('a snippet that ends the process', () => {
  it('is a fault, and so is each behind it; the one in front finds no network', async () => {
    const { faults } = await checkSnippets({ only: 'test/documents/fixtures/ending.md', compilers: [] })
    expect(faults.map(({ place, message }) => `${place} ${message}`)).toEqual([
      expect.stringMatching(/ending\.md:4 [\s\S]*ECONNREFUSED/),
      expect.stringMatching(/ending\.md:8 the process ended with 0/),
      expect.stringMatching(/ending\.md:12 was not run/),
    ])
  })
})

describe('a comment in front of a block', () => {
  const block = (words: string) => `# Page\n\n<!-- snippet: ${words} -->\n\n\`\`\`js\nhandler()\n\`\`\`\n`

  it('has its words, and the code its line', () => {
    expect(blocksOf('page.md', block('hit=/a,/b quiet foreign="of express-x"'))).toEqual([
      {
        document: 'page.md',
        language: 'js',
        line: 6,
        words: { hit: '/a,/b', quiet: '', foreign: 'of express-x' },
        code: 'handler()\n',
      },
    ])
  })

  it('is refused where a word is misspelt, or a reason is missing', () => {
    expect(() => blocksOf('page.md', block('quite'))).toThrow("no word 'quite'")
    expect(() => blocksOf('page.md', block('foreign'))).toThrow('needs a reason')
  })
})
