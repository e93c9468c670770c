/** A promise that a test keeps pending until it opens it. */
export interface Gate<T> {
  readonly opened: Promise<T>
  open(value: T): void
}

/** Returns a gate that is closed. */
export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
