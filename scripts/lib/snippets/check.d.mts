/** Fault of a snippet. */
export interface SnippetFault {
  /** Document and line. */
  readonly place: string
  /** Document; undefined: the fault is in a setup or a package. */
  readonly document: string | undefined
  /** Compiler, or `run`. */
  readonly by: string
  readonly message: string
}

/** Outcome of a check of snippets. */
export interface SnippetsReport {
  readonly count: number
  readonly faults: readonly SnippetFault[]
}

export function checkSnippets(options: {
  readonly only?: string | undefined
  readonly servers?: Readonly<Record<string, number>>
  readonly compilers?: readonly string[] | undefined
}): Promise<SnippetsReport>
