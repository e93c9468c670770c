/** Rows of numbers for the last steps of time, each of one length; newer ones replace them. */
export class TimeRing {
  readonly step: number
  readonly length: number
  readonly #width: number
  /** Numbers of all rows. */
  readonly data: Float64Array
  /** Number of the step that each row is of. */
  readonly #steps: Float64Array
  #last = Number.NEGATIVE_INFINITY

  /** @param step milliseconds */
  constructor(length: number, step: number, width: number) {
    this.length = length
    this.step = step
    this.#width = width
    this.data = new Float64Array(length * width)
    this.#steps = new Float64Array(length).fill(-1)
  }

  /**
   * Returns the place in `data` of the row of a time, which is cleared where it is a new one.
   */
  rowAt(now: number): number {
    const step = this.#stepAt(now)
    const row = step % this.length
    if (step !== this.#last) {
      this.#last = step
      this.#steps[row] = step
      this.data.fill(0, row * this.#width, (row + 1) * this.#width)
    }
    return row * this.#width
  }

  /** Returns the sums of the last rows, up to that of `now`. */
  sum(now: number, rows: number): number[] {
    const sums = new Array<number>(this.#width).fill(0)
    const last = this.#stepAt(now)
    for (let step = last - rows + 1; step <= last; step += 1) {
      const at = this.#find(step)
      if (at === undefined) continue
      for (let i = 0; i < this.#width; i += 1) sums[i] = (sums[i] ?? 0) + (this.data[at + i] ?? 0)
    }
    return sums
  }

  /**
   * Returns a column of the last rows, up to that of `now`.
   *
   * @param group rows whose sum is one value, beginning where their number is a multiple of it
   * @returns without the zeros at its beginning; undefined where all are 0
   */
  column(now: number, count: number, column: number, group = 1): number[] | undefined {
    const last = Math.floor(this.#stepAt(now) / group)
    const values = Array.from({ length: count }, (_, i) => {
      let sum = 0
      const first = (last - count + 1 + i) * group
      for (let step = first; step < first + group; step += 1) {
        const at = this.#find(step)
        if (at !== undefined) sum += this.data[at + column] ?? 0
      }
      return sum
    })
    const first = values.findIndex((value) => value !== 0)
    return first < 0 ? undefined : values.slice(first)
  }

  /** Returns the step of a time. A clock that was set back takes the rows of its future along. */
  #stepAt(now: number): number {
    const step = Math.floor(now / this.step)
    if (step < this.#last) this.#setBack(this.#last - step)
    return step
  }

  #setBack(steps: number): void {
    const last = this.#last - steps
    const moved = [...this.#steps].flatMap((step, row) =>
      step > last ? [[step, this.#take(row)] as const] : [],
    )
    this.#last = last
    for (const [step, numbers] of moved)
      if (last - step + steps < this.length) this.#addTo(step - steps, numbers)
  }

  #take(row: number): readonly number[] {
    const [first, end] = [row * this.#width, (row + 1) * this.#width]
    const numbers = [...this.data.subarray(first, end)]
    this.data.fill(0, first, end)
    this.#steps[row] = -1
    return numbers
  }

  #addTo(step: number, numbers: readonly number[]): void {
    const row = step % this.length
    if (this.#steps[row] !== step) this.#take(row)
    this.#steps[row] = step
    for (const [i, value] of numbers.entries())
      this.data[row * this.#width + i] = (this.data[row * this.#width + i] ?? 0) + value
  }

  #find(step: number): number | undefined {
    const row = step % this.length
    return this.#steps[row] === step ? row * this.#width : undefined
  }
}
