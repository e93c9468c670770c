/** Resolves to what docs/reference/conformance.md is made of. */
export function conformanceData(): Promise<object>
