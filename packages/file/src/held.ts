import { handleWhen, IterableBackoff, retry } from 'cockatiel'
import { codeOf } from './error-code.js'

/** System errors of a file that another process has open, such as a virus scanner. */
const HELD: readonly (string | undefined)[] = ['EACCES', 'EBUSY', 'EPERM']

/** Milliseconds before each new attempt. */
const WAITS = [1, 2, 4, 8, 16, 32]

/** Returns whether a file can't be replaced or removed for the moment: Windows alone refuses it. */
export function isHeld(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && HELD.includes(codeOf(error))
}

/**
 * Runs an operation on a file; on Windows again, for 63 ms at the most, while another process has
 * the file open.
 */
export async function whenFree<T>(
  run: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
): Promise<T> {
  return platform === 'win32' ? patience.execute(run) : run()
}

const patience = retry(
  handleWhen((error) => isHeld(error, 'win32')),
  { maxAttempts: WAITS.length, backoff: new IterableBackoff(WAITS) },
)
