import type { MarkdownRenderer } from 'vitepress'

/** Folder of the images. */
export const folder: string
export const schemes: readonly string[]
export function imageOf(source: string, scheme: string): string
export function diagramsIn(text: string): string[]
export function drawDiagrams(md: MarkdownRenderer): void
