/** Kinds of codes: folders of their pages. */
export const kinds: readonly ('errors' | 'warnings')[]
export function codesOf(root: string, kind: string): string[]
export function codesPage(root: string, kind: string): string
