import type { InputRules } from '@sitecache/http'

/** Functions in locals are not looked into. */
export function localToTell(value: unknown): unknown {
  return typeof value === 'function' ? undefined : value
}

/** Locals that count where all of them were read. */
export function localsToTell(locals: object, rules: InputRules): object {
  const entries = Object.entries(locals).filter(
    ([name, value]) => typeof value !== 'function' && !rules.ignores(`locals:${name}`),
  )
  return Object.fromEntries(entries)
}
