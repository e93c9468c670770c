export type ImportGraph = ReadonlyMap<string, readonly string[]>
export type Floors = readonly (readonly string[])[]
export const floors: Readonly<Record<string, Floors>>
export function importGraph(folder: string): ImportGraph
export function sourceFiles(folder: string): string[]
export function upwardImports(graph: ImportGraph, order: Floors): string[]
export function placeOf(file: string, order: Floors): { readonly folder: string; readonly floor: number }
export function importCircles(graph: ImportGraph): string[][]
