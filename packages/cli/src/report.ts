import type { RunContext } from './run-context.js'

/** Tells what a command found: as text for people or, with `--json`, as one JSON document. */
export class Report {
  readonly #context: RunContext
  readonly #json: boolean

  constructor(context: RunContext, json: boolean) {
    this.#context = context
    this.#json = json
  }

  /** The result, which goes to the standard output. */
  result(data: unknown, lines: readonly string[]): void {
    if (this.#json) this.#context.stdout(`${JSON.stringify(data, plain, 2)}\n`)
    else for (const line of lines) this.#context.stdout(`${line}\n`)
  }

  /** A remark beside the result; not in JSON. */
  note(line: string): void {
    if (!this.#json) this.#context.stderr(`${line}\n`)
  }

  /** Why there is no result. */
  failure(name: string, message: string): void {
    if (this.#json) this.#context.stdout(`${JSON.stringify({ error: { name, message } }, null, 2)}\n`)
    else this.#context.stderr(`sitecache: ${message}\n`)
  }
}

/** What JSON has no notation for, in the nearest that it has. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  return value
}

/** Rows of a table, with columns as wide as they need. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
