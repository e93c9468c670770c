export function esmEntries(root: string): Map<string, string>
