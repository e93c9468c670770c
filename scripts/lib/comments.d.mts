export function commentFaults(source: string): string[]
