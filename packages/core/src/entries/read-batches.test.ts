import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Entry } from '../stores/store.js'
import { ReadBatches } from './read-batches.js'

const KIB = 1024

/** Batches over a store with entries of this size under every key; `asked` lists its reads. */
function batchesOver(bytes: () => number) {
  const asked: (readonly string[])[] = []
  const batches = new ReadBatches(async (keys) => {
    asked.push(keys)
    return new Map<string, Entry>(keys.map((key) => [key, { value: new Uint8Array(bytes()), expires: null }]))
  })
  return { asked, batches }
}

describe('reads of one turn of the event loop', () => {
  it('are one read of all keys, each once', async () => {
    const { asked, batches } = batchesOver(() => 10)
    const found = await Promise.all([batches.read(['a', 'epoch']), batches.read(['b', 'epoch'])])
    expect(asked).toEqual([['a', 'epoch', 'b']])
    expect(found.map((map) => map.has('epoch'))).toEqual([true, true])
    expect(found[1]?.has('b')).toBe(true)
  })

  it('are sent when the turn ends, and not kept for those of the next', async () => {
    const { asked, batches } = batchesOver(() => 10)
    void batches.read(['a'])
    await turn()
    expect(asked).toEqual([['a']])
    await batches.read(['a'])
    expect(asked).toEqual([['a'], ['a']])
  })

  it('are sixteen at the most', async () => {
    const { asked, batches } = batchesOver(() => 10)
    await Promise.all(Array.from({ length: 40 }, (_, i) => batches.read([String(i)])))
    expect(asked.map(({ length }) => length)).toEqual([16, 16, 8])
  })

  it('are as few as make a mebibyte, when entries are large', async () => {
    let size = 256 * KIB
    const { asked, batches } = batchesOver(() => size)
    const readTen = () => Promise.all(Array.from({ length: 10 }, (_, i) => batches.read([String(i)])))
    await readTen()
    await readTen()
    size = 10
    await readTen()
    await readTen()
    expect(asked.map(({ length }) => length)).toEqual([10, 4, 4, 2, 4, 4, 2, 10])
  })

  it('are half as many after a batch that failed: it may have been too much', async () => {
    const asked: number[] = []
    let failing = true
    const batches = new ReadBatches(async (keys) => {
      asked.push(keys.length)
      return new Map(failing ? [] : keys.map((key) => [key, { value: new Uint8Array(1), expires: null }]))
    })
    const read = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => batches.read([String(i)])))
    await read(16)
    await read(8)
    await read(4)
    failing = false
    await read(4)
    await read(16)
    expect(asked).toEqual([16, 8, 4, 2, 2, 16])
  })

  it('go one by one when each is larger than that', async () => {
    const { asked, batches } = batchesOver(() => 5000 * KIB)
    await batches.read(['a'])
    const found = batches.read(['b'])
    expect(asked).toEqual([['a'], ['b']])
    expect((await found).has('b')).toBe(true)
  })
})
