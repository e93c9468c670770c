import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { encodeKeyParts, pageKeyText } from '../index.js'

const record = { generation: 'g', names: ['x-a', 'cookie:theme', 'locals:cart'] }

function text(tenant: string, header: string, cookie: string, cart: string | undefined): string | undefined {
  const source = { headers: { 'x-a': header, cookie: `theme=${cookie}` }, value: () => cart }
  return pageKeyText(record, encodeKeyParts({ kind: 'site', keyParts: [tenant] }), source, {})
}

describe('pageKeyText', () => {
  const value = fc.stringMatching(/^[a-z0-9:,=-]*$/)
  const values = fc.tuple(value, value, value, fc.option(value, { nil: undefined }))

  it('tells pages apart by their extra key and by each of their inputs', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(text(...a) === text(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it('has none for a record that names an input of an unknown kind', () => {
    const later = { generation: 'g', names: ['weather:today'] }
    expect(pageKeyText(later, '', { headers: {}, value: () => undefined }, {})).toBeUndefined()
  })
})
