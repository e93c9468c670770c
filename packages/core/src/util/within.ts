/**
 * Settles as the operation does, or rejects when it takes longer. A later result is ignored; a
 * write that is given up may still be done.
 *
 * @param milliseconds longest wait
 * @param late makes the error of an operation that took longer
 */
export function within<T>(run: () => Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const underWay = run()
    // After a busy event loop the timer itself is late, and the answer may lie unread on its
    // socket: sockets are read between timers and immediates.
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
