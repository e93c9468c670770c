import { type Child, fill, h } from './dom.js'

/** Column of a table. */
export interface Column<T> {
  readonly title: string
  /** Explanation of the title, in a tooltip. */
  readonly hint?: string
  readonly isNumber?: boolean
  /** Left out on narrow screens. */
  readonly isWide?: boolean
  /** Value by which rows are sorted; undefined: they are not by this column. */
  readonly sortBy?: (row: T) => number | string
  /** Content; text and numbers are replaced only where they have changed. */
  readonly cell: (row: T) => Child
}

/** Settings of a table. */
export interface TableOptions<T> {
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly keyOf: (row: T) => string
  /** Title of the column that rows are sorted by at first, the highest first. */
  readonly sort?: string
  readonly empty: string
}

/** A table whose rows are kept by their key, so that focus and selection survive an update. */
export interface Table<T> {
  readonly element: HTMLElement
  update(rows: readonly T[]): void
}

interface Row {
  readonly element: HTMLTableRowElement
  readonly texts: string[]
}

export function makeTable<T>(options: TableOptions<T>): Table<T> {
  const { columns, caption, keyOf, empty } = options
  let sort = { column: columns.find(({ title }) => title === options.sort), isDown: true }
  let rows: readonly T[] = []
  const kept = new Map<string, Row>()
  const heads = columns.map((column) => headOf(column, () => sortBy(column)))
  const body = h('tbody')
  const none = h('p.empty', {}, empty)
  const table = h('table', {}, h('caption.hidden', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body)
  const element = h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': caption }, table, none)

  const sortBy = (column: Column<T>): void => {
    sort = { column, isDown: sort.column === column ? !sort.isDown : column.isNumber === true }
    draw()
  }
  const draw = (): void => {
    for (const [i, head] of heads.entries()) {
      const isSorted = columns[i] === sort.column && sort.column !== undefined
      head.setAttribute('aria-sort', isSorted ? (sort.isDown ? 'descending' : 'ascending') : 'none')
    }
    const sorted = sort.column?.sortBy === undefined ? rows : sortedBy(rows, sort.column.sortBy, sort.isDown)
    const keys = new Set<string>()
    for (const [i, row] of sorted.entries()) {
      const key = keyOf(row)
      keys.add(key)
      const made = kept.get(key) ?? newRow(columns)
      kept.set(key, made)
      drawRow(made, row, columns)
      // Moving an element takes its focus: only those that are out of place are moved.
      if (body.children[i] !== made.element) body.insertBefore(made.element, body.children[i] ?? null)
    }
    for (const [key, { element: old }] of kept) {
      if (keys.has(key)) continue
      old.remove()
      kept.delete(key)
    }
    none.hidden = rows.length > 0
    table.hidden = rows.length === 0
  }
  draw()
  return {
    element,
    update(next) {
      rows = next
      draw()
    },
  }
}

function headOf<T>({ title, hint, isNumber, isWide, sortBy }: Column<T>, sort: () => void): HTMLElement {
  const content =
    sortBy === undefined ? title : h('button', { type: 'button', click: sort, title: hint }, title)
  const head = h('th', { scope: 'col', title: hint }, content)
  head.className = classesOf(isNumber, isWide)
  return head
}

function classesOf(isNumber = false, isWide = false): string {
  return [isNumber && 'number', isWide && 'wide'].filter(Boolean).join(' ')
}

function newRow<T>(columns: readonly Column<T>[]): Row {
  const cells = columns.map(({ isNumber, isWide }) => {
    const cell = h('td')
    cell.className = classesOf(isNumber, isWide)
    return cell
  })
  return { element: h('tr', {}, ...cells), texts: [] }
}

function drawRow<T>({ element, texts }: Row, row: T, columns: readonly Column<T>[]): void {
  for (const [i, column] of columns.entries()) {
    const content = column.cell(row)
    const cell = element.children[i]
    if (cell === undefined) continue
    const text = typeof content === 'string' || typeof content === 'number' ? String(content) : undefined
    if (text !== undefined && texts[i] === text) continue
    if (text === undefined && cell.contains(document.activeElement)) continue
    texts[i] = text ?? ''
    fill(cell, content)
  }
}

function sortedBy<T>(rows: readonly T[], by: (row: T) => number | string, isDown: boolean): readonly T[] {
  const sign = isDown ? -1 : 1
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one), by(other)]
    return a === b ? 0 : (a < b ? -1 : 1) * sign
  })
}
