export function repeatedTypeNames(root: string, folders: readonly string[]): Map<string, string[]>
