import { switchWarnings, WARNING_CODES, type Warnings } from '../util/warnings.js'
import { checkOptions, flag, type OptionParser } from './check-options.js'

const schema = Object.fromEntries(WARNING_CODES.map((code) => [code, flag]))

/** Parser of warnings that are switched off: `{ SITECACHE_PROXY: false }`. */
export const warnings: OptionParser<Warnings> = (value, path) => checkOptions(value, schema, path)

/**
 * Switches warnings as the option `warnings` says; before the other options are checked, which may
 * warn.
 *
 * @throws SettingsError for a code that does not exist
 */
export function applyWarnings(options: unknown, path: string): void {
  const given = typeof options === 'object' && options !== null ? Reflect.get(options, 'warnings') : undefined
  if (given !== undefined) switchWarnings(warnings(given, `${path}.warnings`))
}
