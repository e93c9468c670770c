import type { Store } from '@sitecache/core/store'

/** Stores of one process, also where a decorator makes them wait. */
const OWN: ReadonlySet<string> = new Set(['memory', 'dummy'])

/** Whether other processes may have the same entries: the store is no memory of this one. */
export function isShared({ sync, name }: Pick<Store, 'sync' | 'name'>): boolean {
  return sync === undefined && !OWN.has(name)
}
