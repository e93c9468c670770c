import type { Store } from './store.js'

const users = new WeakMap<Store, number>()

/** Counts one more user of the store. */
export function retainStore(store: Store): void {
  users.set(store, (users.get(store) ?? 0) + 1)
}

/** Counts one user less of the store; the last closes it. */
export async function releaseStore(store: Store): Promise<void> {
  const left = (users.get(store) ?? 1) - 1
  users.set(store, left)
  if (left === 0) await store.close()
}
