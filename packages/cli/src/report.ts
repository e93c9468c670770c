import { types } from 'node:util'
import { printable } from './printable.js'
import type { RunContext } from './run-context.js'

/** Writes a command's result: as text or, with `--json`, as one JSON document. */
export class Report {
  readonly #context: RunContext
  readonly #json: boolean

  constructor(context: RunContext, json: boolean) {
    this.#context = context
    this.#json = json
  }

  /** Writes the result to the standard output. */
  result(data: unknown, lines: readonly string[]): void {
    if (this.#json) this.#context.stdout(`${jsonOf(data)}\n`)
    else for (const line of lines) this.#context.stdout(`${printable(line)}\n`)
  }

  /** Writes a remark to the standard error; not with `--json`. */
  note(line: string): void {
    if (!this.#json) this.#context.stderr(`${printable(line)}\n`)
  }

  /** Writes the reason of a failure. */
  failure(name: string, message: string): void {
    if (this.#json) this.#context.stdout(`${jsonOf({ error: { name, message } })}\n`)
    else this.#context.stderr(`sitecache: ${printable(message)}\n`)
  }
}

/** Formats as JSON, with escapes for characters that JSON allows and a terminal obeys. */
function jsonOf(data: unknown): string {
  return JSON.stringify(data, plain, 2).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Converts values that JSON has no notation for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (types.isMap(value)) return Object.fromEntries(value)
  if (types.isSet(value)) return [...value]
  return value
}

/** Formats rows as a table with aligned columns. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
