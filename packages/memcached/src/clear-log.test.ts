import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ClearLog } from './clear-log.js'
import { unpackItem } from './item.js'

const reread = (clearLog: ClearLog): ClearLog => {
  const decoded = ClearLog.decode(clearLog.encode())
  if (decoded === undefined) throw new Error('it could not be read back')
  return decoded
}

describe('Ledger', () => {
  it('knows of every entry whether its prefix was cleared after it was written', () => {
    const prefix = fc.constantFrom('a:', 'a:b:', 'b:', 'ü:', 'aa:')
    const step = fc.record({ clear: fc.boolean(), prefix })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let clearLog = ClearLog.create()
        const entries: { key: string; stamp: ClearLog['stamp']; gone: boolean }[] = []
        for (const { clear, prefix } of steps) {
          if (clear) {
            clearLog = reread(clearLog.clear(prefix))
            for (const entry of entries) if (entry.key.startsWith(prefix)) entry.gone = true
          } else entries.push({ key: `${prefix}1:k`, stamp: clearLog.stamp, gone: false })
        }
        for (const { key, stamp, gone } of entries) expect(clearLog.has(key, stamp)).toBe(!gone)
      }),
    )
  })

  it('has nothing of another epoch', () => {
    expect(ClearLog.create().has('k', ClearLog.create().stamp)).toBe(false)
  })

  it('keeps one note of a prefix, however often it is cleared', () => {
    let clearLog = ClearLog.create()
    for (let i = 0; i < 1000; i += 1) clearLog = clearLog.clear('a:')
    expect(clearLog.encode().length).toBeLessThan(50)
  })

  it('that is full forgets everything rather than a clear', () => {
    let clearLog = ClearLog.create()
    const before = clearLog.stamp
    for (let i = 0; i < 257; i += 1) clearLog = clearLog.clear(`p${i}:`)
    expect(clearLog.has('other', before)).toBe(false)
    expect(ClearLog.create().clear('x'.repeat(100_000)).encode().length).toBeLessThan(50)
  })
})

describe('bytes that are not ours', () => {
  it('are neither a ledger nor an item, and do no harm', () => {
    const start = fc.constantFrom([], [0xc5, 0x4c, 0x01], [0xc5, 0x01])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (magic, rest) => {
        const bytes = Buffer.from([...magic, ...rest])
        const clearLog = ClearLog.decode(bytes)
        if (clearLog !== undefined) expect(typeof clearLog.has('k', clearLog.stamp)).toBe('boolean')
        const item = unpackItem(bytes)
        if (item !== undefined) expect(Number.isNaN(item.expires ?? 0)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
