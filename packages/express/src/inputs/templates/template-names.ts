import { readFileSync, statSync } from 'node:fs'
import { dirname, extname, isAbsolute, resolve } from 'node:path'
import { type Syntax, scanTemplate, type TemplateScan } from './template-scan.js'

/** A template's file, and how to find those that it includes. */
export interface TemplateSource {
  readonly path: string
  readonly syntax: Syntax
  /** Folders of the application's views. */
  readonly folders: readonly string[]
  /** Templates do not change while the process runs (`view cache`). */
  readonly isFixed: boolean
}

interface ScannedFile {
  readonly modified: number
  readonly scan: TemplateScan | undefined
}

const MAX_FILES = 50
const MAX_BYTES = 512 * 1024
const MAX_CACHED = 1000
const scanned = new Map<string, ScannedFile>()

/**
 * Finds the names in a template and in all that it includes, extends or imports.
 *
 * @returns undefined: they are not known, so that it may look at any local
 */
export function namesInTemplate(source: TemplateSource): TemplateScan | undefined {
  let all: TemplateScan | undefined
  const paths = new Set([source.path])
  for (const path of paths) {
    const scan = paths.size > MAX_FILES ? undefined : scanFile(path, source)
    if (scan === undefined) return undefined
    all = all === undefined ? scan : both(all, scan)
    for (const file of scan.files) {
      const found = findFile(file, path, source)
      if (found === undefined) return undefined
      paths.add(found)
    }
  }
  return all
}

function scanFile(path: string, { syntax, isFixed }: TemplateSource): TemplateScan | undefined {
  const key = `${syntax} ${path}`
  const known = scanned.get(key)
  if (known !== undefined && isFixed) return known.scan
  try {
    const { mtimeMs, size } = statSync(path)
    if (known?.modified === mtimeMs) return known.scan
    const scan = size > MAX_BYTES ? undefined : scanTemplate(readFileSync(path, 'utf8'), syntax)
    if (scanned.size >= MAX_CACHED) scanned.clear()
    // Engines may go on with the template as it was.
    scanned.set(key, { modified: mtimeMs, scan: known?.scan && scan ? both(known.scan, scan) : scan })
    return scanned.get(key)?.scan
  } catch {
    return undefined
  }
}

function both(one: TemplateScan, other: TemplateScan): TemplateScan {
  return {
    names: new Set([...one.names, ...other.names]),
    properties: new Set([...one.properties, ...other.properties]),
    files: [...one.files, ...other.files],
    filters: new Set([...one.filters, ...other.filters]),
    tags: new Set([...one.tags, ...other.tags]),
  }
}

/**
 * Finds an included file as its engine does: EJS beside the file that includes it, then among the
 * views. Others by `./`.
 */
function findFile(file: string, from: string, { syntax, folders }: TemplateSource): string | undefined {
  // EJS and Eta take it from a root of their own.
  if (isAbsolute(file)) return undefined
  const name = syntax !== 'nunjucks' && extname(file) === '' ? `${file}.${syntax}` : file
  const isBeside = syntax === 'ejs' || /^\.\.?[\\/]/.test(file)
  const places = [...(isBeside ? [dirname(from)] : []), ...folders]
  return places.map((folder) => resolve(folder, name)).find(isFile)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
