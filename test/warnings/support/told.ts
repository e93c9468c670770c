import { afterAll, afterEach, beforeEach, jest } from '@jest/globals'
import { forgetWarnings } from '@sitecache/core/internal'

/** A warning of the process. */
export interface Told {
  readonly code: string
  readonly message: string
}

/** Collects the warnings of each test, in which each code may warn anew. */
export function useWarnings(): () => readonly Told[] {
  const warnings = jest.spyOn(process, 'emitWarning')
  beforeEach(() => {
    forgetWarnings()
    warnings.mockReset().mockImplementation(() => {})
  })
  afterEach(forgetWarnings)
  afterAll(() => warnings.mockRestore())
  return () =>
    warnings.mock.calls.map(([message, options]) => ({
      code: String(Reflect.get(Object(options), 'code')),
      message: String(message),
    }))
}
