/**
 * Settles as the operation does, or rejects when it takes longer. A later result is ignored; a
 * write that is given up may still be done.
 *
 * @param milliseconds longest wait; not counted is the time for which the event loop stood still
 *   at its end, in which nothing could be sent or read
 * @param late makes the error of an operation that took longer
 */
export function within<T>(run: () => Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const due = performance.now() + milliseconds
    const underWay = run()
    // An answer may lie unread on its socket: sockets are read between timers and immediates.
    const giveUp = (): void => void setImmediate(() => reject(late()))
    let timer = setTimeout(() => {
      const stoodStill = performance.now() - due
      if (stoodStill < 1) giveUp()
      else timer = setTimeout(giveUp, stoodStill)
    }, milliseconds)
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
