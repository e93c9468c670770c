import { randomBytes } from 'node:crypto'
import { StoreError } from '@sitecache/core/store'
import { LostError } from './connection.js'
import type { ServerEntries } from './server-entries.js'

/** Lifetime of a probe in milliseconds, should it not be deleted. */
const PROBE_MS = 10_000

/**
 * Writes, reads and deletes an entry on each server.
 *
 * @throws StoreError that names each server that can't be used, the reason and a remedy
 */
export async function checkServers(members: readonly ServerEntries[], now: () => number): Promise<void> {
  const results = await Promise.allSettled(members.map((entries) => checkOne(entries, now)))
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [adviceFor(result.reason)] : []))
  if (faults.length > 0) throw new StoreError(faults.join('; '))
}

async function checkOne(entries: ServerEntries, now: () => number): Promise<void> {
  const key = `sitecache:check:${randomBytes(6).toString('hex')}`
  await entries.set(key, Buffer.from('1'), now() + PROBE_MS)
  const found = await entries.get(key)
  await entries.delete(key)
  if (found === undefined) {
    throw new StoreError(
      `memcached at ${entries.server.name} did not keep what it was given: has it any memory left?`,
    )
  }
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'is memcached running there, and listening at that address (its option -l)?'],
  [/ENOTFOUND|EAI_AGAIN/, 'is the name of the host right?'],
  [/ENOENT/, 'is there such a socket (memcached -s)?'],
  [/EACCES/, 'this process may not use the socket: see the option -a of memcached'],
  [
    /no answer|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    "is a firewall between, is the server overloaded, or does it want SASL (option 'protocol', with a username)?",
  ],
  [/authentication|unauthenticated|auth/i, 'see username and password, and which protocol it wants for them'],
  [
    /closed the connection|understood/,
    "is it memcached, and does it speak this protocol (option 'protocol')?",
  ],
  [/out of memory/, 'its memory is full and may not be reused (memcached -M)'],
]

function adviceFor(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof LostError && error.cause instanceof Error ? error.cause.message : ''
  const advice = ADVICE.find(([pattern]) => pattern.test(`${message} ${code}`))?.[1]
  return advice === undefined ? message : `${message}: ${advice}`
}
