import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Encodable, StoredValue } from '../stored-value.js'
import { bytesOf } from '../stored-value.js'
import { SegmentEntries } from './segment-entries.js'

/** A value as a page is: a text and a body, made again of its parts. */
class Text implements Encodable {
  constructor(
    readonly head: string,
    readonly body: Buffer,
  ) {}

  get byteLength(): number {
    return this.head.length + this.body.length
  }

  encode(): Uint8Array[] {
    return [Buffer.from(this.head, 'latin1'), this.body]
  }

  parts() {
    return { head: this.head, body: this.body, restore }
  }
}
const restore = (head: string, body: Buffer): Text => new Text(head, body)

const key = fc.constantFrom('a', 'b', 'ab', 'k:1', 'k:2', 'ключ', 'é', '', 'x'.repeat(300))
const size = fc.oneof(fc.nat(40), fc.nat(3000), fc.nat(9000))
const value = fc.tuple(fc.constantFrom('bytes', 'text', 'reference'), size, fc.nat(255))
const expires = fc.option(fc.integer({ min: 1, max: 60 }))
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), key, value, expires }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), key, expires }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), time: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clear' as const), prefix: fc.constantFrom('k:', '') }),
  },
)

function make([kind, length, fill]: [string, number, number]): StoredValue {
  const body = Buffer.alloc(length, fill)
  if (kind === 'bytes') return body
  if (kind === 'text') return new Text(`head ${fill}\u00ff`, body)
  return { byteLength: length, encode: () => [body] }
}

/** What must be there, unless it was dropped for room. */
interface Model {
  readonly value: StoredValue
  readonly expires: number | null
}

/** Runs the steps on a store and on a model; returns the keys that the model alone still has. */
function run(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], maxBytes: number) {
  let time = 0
  const store = new SegmentEntries({ maxBytes, now: () => time })
  const model = new Map<string, Model>()
  let missed = 0
  const read = (name: string) => {
    const entry = store.get(name)
    const known = model.get(name)
    const isThere = known !== undefined && (known.expires === null || known.expires > time)
    if (entry === undefined) missed += isThere ? 1 : 0
    if (entry === undefined) return undefined
    // Never an old value, nor one that was deleted or has expired.
    expect(isThere).toBe(true)
    if (known === undefined) return undefined
    expect(entry.expires).toBe(known.expires)
    expect(Buffer.compare(bytesOf(entry.value), bytesOf(known.value))).toBe(0)
    return entry
  }
  const write = (name: string, given: StoredValue, until: number | null) => {
    model.delete(name)
    try {
      store.set(name, given, until)
      model.set(name, { value: given, expires: until })
    } catch (error) {
      expect(error).toHaveProperty('name', 'TooLargeError')
    }
  }
  for (const it of steps) {
    const until = 'expires' in it && it.expires !== null ? time + it.expires : null
    if (it.do === 'set') write(it.key, make(it.value), until)
    else if (it.do === 'get') read(it.key)
    else if (it.do === 'touch') {
      const entry = read(it.key)
      if (entry !== undefined) write(it.key, entry.value, until)
    } else if (it.do === 'delete') {
      store.delete(it.key)
      model.delete(it.key)
    } else if (it.do === 'pass') time += it.time
    else {
      store.clear(it.prefix)
      for (const name of model.keys()) if (name.startsWith(it.prefix)) model.delete(name)
    }
    expect(store.stats().bytes).toBeLessThanOrEqual(maxBytes)
  }
  for (const name of model.keys()) read(name)
  return missed
}

describe('entries in segments', () => {
  it('are what was set last, or absent, however little room there is', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120 }),
        fc.constantFrom(900, 6000, 20_000, 70_000),
        (steps, bytes) => {
          run(steps, bytes)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('are all there where there is room', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => expect(run(steps, 4 * 2 ** 20)).toBe(0)),
      { numRuns: 200 },
    )
  })
})
