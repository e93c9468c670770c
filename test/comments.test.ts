import { describe, expect, it } from '@jest/globals'
import { commentFaults } from '../scripts/lib/comments.mjs'

describe('the rules for comments', () => {
  it.each([
    ['a line over 100 columns', `// ${'a'.repeat(98)}`, '1 has 101 columns: at most 100'],
    [
      'a long line within a doc comment',
      `/**\n * Returns it.\n * ${'a'.repeat(98)}\n */`,
      '3 has 101 columns: at most 100',
    ],
    ['What at the beginning', '  /** What the store has. */', '1 begins with What: name the thing'],
    ['What in the first line of text', '/**\n * What it is.\n */', '1 begins with What: name the thing'],
    [
      'the word who',
      'const a = 1\n// For a client who waits.',
      '2 says who: name the client, caller, middleware or handler',
    ],
  ])('refuse %s', (_, source, fault) => {
    expect(commentFaults(source)).toEqual([fault])
  })

  it.each([
    ['a line of 100 columns', `// ${'a'.repeat(97)}`],
    ['code over 100 columns', `const a = '${'a'.repeat(98)}'`],
    ['what and whole within a sentence', '// Returns what the whole store has.'],
    ['who in code', "const who = 'a'"],
    ['two comments in a row', '/** Returns it. */\n// Reads it.\n/** Writes it. */'],
  ])('allow %s', (_, source) => {
    expect(commentFaults(source)).toEqual([])
  })
})
