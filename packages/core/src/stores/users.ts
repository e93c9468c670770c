import type { Store } from './store.js'

const users = new WeakMap<Store, number>()

/** One more cache uses the store. */
export function retainStore(store: Store): void {
  users.set(store, (users.get(store) ?? 0) + 1)
}

/** One cache less uses the store; the last closes it. */
export async function releaseStore(store: Store): Promise<void> {
  const left = (users.get(store) ?? 1) - 1
  users.set(store, left)
  if (left === 0) await store.close()
}
