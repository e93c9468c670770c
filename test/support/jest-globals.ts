import { describe, expect, it } from '@jest/globals'
import type { TestGlobals } from '@sitecache/core/testing'

/** jest's functions, as `storeContract` takes them. */
export const globals: TestGlobals = {
  describe,
  it,
  expect: (value) => expect(value) as ReturnType<TestGlobals['expect']>,
}

/** Waits, for a store whose clock is its server's. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
