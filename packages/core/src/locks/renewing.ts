import type { Lease } from './lease.js'

/**
 * Renews a lease every third of its time, until the returned function is called. Does not keep the
 * process alive.
 *
 * @param ttlMs time of the lease, as it was taken
 * @param lost called once, when the lease has run out although it was renewed
 *
 * @example
 * const stop = keepRenewed(lease, 2000, () => work.abort())
 */
export function keepRenewed(lease: Lease, ttlMs: number, lost: () => void): () => void {
  let stopped = false
  const stop = () => {
    stopped = true
    clearInterval(timer)
  }
  const renew = async () => {
    if (stopped || (await lease.renew()) || stopped) return
    stop()
    lost()
  }
  const timer = setInterval(() => void renew(), ttlMs / 3)
  timer.unref()
  return stop
}
