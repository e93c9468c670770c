import type { Store } from '../stores/store.js'
import type { Bench, Case, TestGlobals } from './bench.js'
import {
  atomicCases,
  clearCases,
  compareCases,
  conditionalCases,
  incrCases,
  manyCases,
} from './operation-cases.js'
import { basicCases, type ExpiryFlags, emptyCases, expiryCases } from './value-cases.js'

/**
 * Makes an empty store for one test; `now` is its clock, unless it has its own, as `flags.sleep`
 * says.
 */
export type MakeStore = (clock: { readonly now: () => number }) => Store | Promise<Store>

/** Features that a store lacks, each with its reason, and a way to wait for it. */
export interface ContractFlags extends ExpiryFlags {
  /** Reason why it keeps nothing: only the rules for such a store are tested. */
  readonly keepsNothing?: string
  /** Reason why concurrent `add` and `incr` may both succeed. */
  readonly notAtomic?: string
  /**
   * Waits for so many milliseconds, for a store that can't be given a clock. The suite then takes
   * some 10 seconds, with `wholeSeconds` some 20.
   */
  readonly sleep?: (milliseconds: number) => Promise<void>
  /** Functions of Jest or Vitest. @default the globals */
  readonly globals?: TestGlobals
}

/**
 * Describes the tests that every store passes; each makes a new store.
 *
 * @example
 * storeContract('myStore', ({ now }) => myStore({ now }), { globals: { describe, it, expect } })
 */
export function storeContract(name: string, makeStore: MakeStore, flags: ContractFlags = {}): void {
  const { describe, it, expect } = flags.globals ?? globalsOf()
  const groups = contract(expect, flags)
  const test = ([title, run]: Case) =>
    it(title, async () => {
      const clock = clockOf(flags)
      const store = await makeStore(clock)
      try {
        await run({ store, ...clock })
      } finally {
        await store.close()
      }
    })
  describe(`${name} keeps the contract of a store`, () => {
    for (const [group, cases] of Object.entries(groups)) describe(group, () => cases.forEach(test))
  })
}

/** Makes a clock that only `pass` moves; or with `sleep`, the real one. */
function clockOf({ sleep, wholeSeconds }: ContractFlags): Omit<Bench, 'store'> {
  let time = Date.now()
  const moveClock = async (milliseconds: number) => {
    time += milliseconds
  }
  const now = sleep === undefined ? () => time : Date.now
  const pass = sleep ?? moveClock
  const lifetime = sleep === undefined || wholeSeconds !== undefined ? 2000 : 1000
  return { now, pass, soon: () => now() + lifetime, outlive: () => pass(lifetime * 1.5) }
}

function globalsOf(): TestGlobals {
  const all: Partial<TestGlobals> = globalThis as Partial<TestGlobals>
  const { describe, it, expect } = all
  if (describe && it && expect) return { describe, it, expect }
  throw new Error('storeContract() found no describe, it and expect: give them as flags.globals')
}

function contract(expect: TestGlobals['expect'], flags: ContractFlags): Record<string, Case[]> {
  if (flags.keepsNothing !== undefined) return { 'keeping nothing': emptyCases(expect) }
  return {
    'get, set, delete': basicCases(expect),
    expiry: expiryCases(expect, flags),
    'add, has, touch': conditionalCases(expect),
    incr: incrCases(expect),
    comparison: compareCases(expect),
    'many at once': manyCases(expect),
    clear: clearCases(expect),
    concurrency: flags.notAtomic === undefined ? atomicCases(expect) : [],
  }
}
