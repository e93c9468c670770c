import { readdirSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { diagramsIn, folder, imageOf, schemes } from '../../docs/site/diagrams.mjs'
import { documents, readDocument } from '../../scripts/lib/snippets/read.mjs'

const sources = documents().flatMap((document) => diagramsIn(readDocument(document)))

describe('the images of the diagrams', () => {
  it('are those that scripts/diagrams.mjs draws, and no others', () => {
    const names = sources.flatMap((source) => schemes.map((scheme) => imageOf(source, scheme)))
    expect(sources.length).toBeGreaterThan(0)
    expect(readdirSync(folder).sort()).toEqual(names.sort())
  })
})
