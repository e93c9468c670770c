import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { SettingsError } from '../../errors.js'
import { type OptionParser, oneOf } from '../../options/check-options.js'

/** Compression of entries. */
export type CompressFormat = 'gzip' | 'br' | 'zstd'

/** Functions of one compression: each on this thread, or (async) in the thread pool. */
export interface Format {
  /** Number in compressed entries: never changes. */
  readonly id: number
  compress(bytes: Uint8Array): Uint8Array
  compressAsync(bytes: Uint8Array): Promise<Uint8Array>
  /** Throws for more than `size` bytes. */
  decompress(bytes: Uint8Array, size: number): Uint8Array
  decompressAsync(bytes: Uint8Array, size: number): Promise<Uint8Array>
}

interface Options {
  readonly maxOutputLength?: number
  readonly chunkSize?: number
  readonly params?: Readonly<Record<number, number>>
}

type AtOnce = (bytes: Uint8Array, options: Options) => Uint8Array
type InThread = (
  bytes: Uint8Array,
  options: Options,
  done: (error: Error | null, result: Uint8Array) => void,
) => void

/**
 * Most bytes of one output buffer: the size that an entry claims must not allocate much memory
 * unread.
 */
const MAX_CHUNK = 2 ** 16

/** @returns undefined: this Node does not have it */
function format(id: number, packName: string, unpackName: string, options: Options = {}): Format | undefined {
  const pack = zlibFunction<InThread>(packName)
  const packSync = zlibFunction<AtOnce>(`${packName}Sync`)
  const unpack = zlibFunction<InThread>(unpackName)
  const unpackSync = zlibFunction<AtOnce>(`${unpackName}Sync`)
  if (!pack || !packSync || !unpack || !unpackSync) return undefined
  const compressAsync = promisify(pack)
  const decompressAsync = promisify(unpack)
  return {
    id,
    compress: (bytes) => packSync(bytes, options),
    compressAsync: (bytes) => compressAsync(bytes, options),
    decompress: (bytes, size) => unpackSync(bytes, bounds(size)),
    decompressAsync: (bytes, size) => decompressAsync(bytes, bounds(size)),
  }
}

function bounds(size: number): Options {
  return { maxOutputLength: size, chunkSize: Math.max(64, Math.min(size, MAX_CHUNK)) }
}

/** Looks a function up by name: only newer versions of Node have zstd. */
function zlibFunction<F>(name: string): F | undefined {
  const found: unknown = Reflect.get(zlib, name)
  return typeof found === 'function' ? (found as F) : undefined
}

const { BROTLI_PARAM_QUALITY } = zlib.constants

/**
 * Formats of this Node. Brotli's own default quality, 11, takes some hundred times as long for a
 * tenth less.
 */
const formats: Readonly<Record<CompressFormat, Format | undefined>> = {
  gzip: format(1, 'gzip', 'gunzip'),
  br: format(2, 'brotliCompress', 'brotliDecompress', { params: { [BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: format(3, 'zstdCompress', 'zstdDecompress'),
}

/** @returns undefined: there is no such format, or not in this Node */
export function formatOf(id: number | undefined): Format | undefined {
  return Object.values(formats).find((known) => known?.id === id)
}

/** @throws SettingsError where this Node does not have it. */
export function formatNamed(name: CompressFormat, path: string): Format {
  const format = formats[name]
  if (format !== undefined) return format
  throw new SettingsError(
    `${path}: '${name}' needs Node 22.15 or newer and this is ${process.version}; 'gzip' and 'br' work on it`,
  )
}

const formatName = oneOf('gzip', 'br', 'zstd')

/** Reads the setting `compress`. */
export const compressFormat: OptionParser<CompressFormat> = (value, path) => {
  const name = formatName(value, path)
  formatNamed(name, path)
  return name
}
