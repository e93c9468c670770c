import type { Account, Run } from './speed-page.mjs'

/** Resolves to what docs/reference/speed.md is made of. */
export function speedData(): Promise<{ runs: Run[]; accounts: Account[] }>
