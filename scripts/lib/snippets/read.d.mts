/** Block of code in a document. */
export interface Block {
  readonly document: string
  readonly language: string
  /** Line of the document at which the code begins. */
  readonly line: number
  readonly words: Readonly<Record<string, string>>
  readonly code: string
}

export function documents(only?: string): string[]
export function readDocument(document: string): string
export function blocksOf(document: string, text?: string): Block[]
