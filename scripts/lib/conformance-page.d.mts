/** Returns the text of docs/reference/conformance.md. */
export function conformancePage(data: object): string
