/**
 * Settles as the operation does, or rejects when it takes longer. What it answers later is ignored; a write that was
 * given up may still be done.
 *
 * @param milliseconds the longest that it is waited for
 * @param late the error then
 */
export function within<T>(run: () => Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const underWay = run()
    // The timer is late itself when the event loop was busy, and the answer may lie unread on the socket: sockets are
    // read between timers and immediates.
    const timer = setTimeout(() => setImmediate(() => reject(late())), milliseconds)
    underWay.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
