/** The parts of a package.json that scripts and tests read. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly main?: string
  readonly types?: string
  readonly exports: Readonly<Record<string, Entry | undefined>>
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Entry {
  readonly import?: Target
  readonly require?: Target
}

interface Target {
  readonly types: string
  readonly default: string
}

export function packageFolders(root: string): string[]
export function readManifest(folder: string): Manifest
