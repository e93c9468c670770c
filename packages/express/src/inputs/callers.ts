import { findSourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A line of a file. */
export interface SourceLine {
  readonly file: string
  readonly line: number
}

/** A place in the code that runs. */
export interface Caller {
  /** Path of the file, or as the engine names it (`node:internal/…`). */
  readonly file: string
  /** Name of the function that runs there, as the engine tells it; `''`: it has none. */
  readonly functionName: string
  /**
   * Returns the line in the source that the file was compiled from, where Node maps stacks
   * (`--enable-source-maps`, tsx); else in the file itself.
   */
  source(): SourceLine
}

interface StackFrames {
  stackTraceLimit: number
  prepareStackTrace?: unknown
}

interface Frame {
  getFileName(): string | null | undefined
  getFunctionName(): string | null | undefined
  getLineNumber(): number | null
  getColumnNumber(): number | null
}

/**
 * Returns the files that called, the nearest first: own files of sitecache and of Node included.
 *
 * What the application set for its own stacks is put back. Empty where stacks are out of reach: in
 * a realm whose `Error` is frozen.
 *
 * @param limit frames looked at: each costs about 2 µs
 */
export function callers(limit: number): readonly Caller[] {
  return callersIn(takeStack(limit, callers))
}

/** A stack that is taken apart when it is asked for. Holds what its functions hold. */
export interface TakenStack {
  readonly stack?: unknown
}

/**
 * Takes the stack, without a look at it, which is what costs most.
 *
 * @param limit frames at the most
 * @param below frames from this function on are left out
 */
export function takeStack(limit: number, below: (...args: never[]) => unknown): TakenStack {
  const holder: TakenStack = {}
  const stacks: StackFrames = Error
  const before = stacks.stackTraceLimit
  try {
    stacks.stackTraceLimit = limit
    Error.captureStackTrace(holder, below)
  } catch {
    // Out of reach: an empty one.
  }
  restore(() => {
    stacks.stackTraceLimit = before
  })
  return holder
}

/** Returns the files of a stack, the nearest first. To be called once. */
export function callersIn(taken: TakenStack): readonly Caller[] {
  const stacks: StackFrames = Error
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  try {
    stacks.prepareStackTrace = (_: unknown, frames: readonly Frame[]) => frames
    const { stack } = taken
    return Array.isArray(stack) ? (stack as readonly Frame[]).flatMap(callerOf) : []
  } catch {
    return []
  } finally {
    restorePrepare(stacks, prepare)
  }
}

function restorePrepare(stacks: StackFrames, prepare: PropertyDescriptor | undefined): void {
  restore(() => {
    if (prepare === undefined) delete stacks.prepareStackTrace
    else Object.defineProperty(stacks, 'prepareStackTrace', prepare)
  })
}

function restore(put: () => void): void {
  try {
    put()
  } catch {
    // Frozen: then nothing was changed.
  }
}

function callerOf(frame: Frame): Caller[] {
  const name = frame.getFileName()
  return typeof name === 'string' && name !== '' ? [new FrameCaller(pathOf(name), frame)] : []
}

/** Works the line out when it is asked for: V8 looks for the ends of all lines of the file then. */
class FrameCaller implements Caller {
  readonly file: string
  readonly #frame: Frame

  constructor(file: string, frame: Frame) {
    this.file = file
    this.#frame = frame
  }

  get functionName(): string {
    return this.#frame.getFunctionName() ?? ''
  }

  source(): SourceLine {
    const line = this.#frame.getLineNumber() ?? 0
    return sourceOf(this.file, line, this.#frame.getColumnNumber() ?? 1) ?? { file: this.file, line }
  }
}

function sourceOf(file: string, line: number, column: number): SourceLine | undefined {
  try {
    const origin = findSourceMap(file)?.findOrigin(line, column)
    return origin !== undefined && 'fileName' in origin
      ? { file: pathOf(origin.fileName), line: origin.lineNumber }
      : undefined
  } catch {
    // A map that is none.
    return undefined
  }
}

const paths = new Map<string, string>()
const MAX_PATHS = 2000

function pathOf(name: string): string {
  if (!name.startsWith('file:')) return name
  const known = paths.get(name)
  if (known !== undefined) return known
  const path = pathOfUrl(name)
  if (paths.size < MAX_PATHS) paths.set(name, path)
  return path
}

function pathOfUrl(name: string): string {
  try {
    return fileURLToPath(name)
  } catch {
    return name
  }
}

/** A file of an installed package. */
export interface PackageFile {
  readonly name: string
  /** Path within the package, with `/`. */
  readonly path: string
}

// The last node_modules counts: pnpm and Yarn's archives have several.
const installed = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](.+)$/

/** Returns the package that a file belongs to, whichever of npm, pnpm and Yarn has installed it. */
export function packageOf(file: string): PackageFile | undefined {
  const [, name, path] = installed.exec(file) ?? []
  if (name === undefined || path === undefined) return undefined
  return { name: name.replace('\\', '/'), path: path.replaceAll('\\', '/') }
}

const here = callers(1)[0]?.file ?? ''
/** Folder of this package's code; undefined in a bundle, where no file has a name of its own. */
const home =
  /^(.*[\\/])inputs[\\/]callers\.[cm]?[jt]s$/.exec(here)?.[1] ??
  // Built into one file, but a file of its own package.
  /^(.*[\\/]node_modules[\\/]@sitecache[\\/]express[\\/])/.exec(here)?.[1]
/** Is sitecache's code in one file with others'? Then nothing tells whose code it is that calls. */
export const isBundled = home === undefined

const ownPackage = /^@sitecache\//
const ownSources = /[\\/]packages[\\/](?:core|http|express|templates)[\\/](?:src|dist)[\\/]/

/** Is this a file of sitecache? */
export function isOwnFile(file: string): boolean {
  if (home === undefined) return file === here
  if (file.startsWith(home)) return true
  const owner = packageOf(file)
  return owner === undefined ? ownSources.test(file) : ownPackage.test(owner.name)
}

/** Is this a module of Node itself? */
export function isNodeFile(file: string): boolean {
  return file.startsWith('node:') || !/[\\/]/.test(file)
}
