/**
 * Codes of all warnings, in the order of their names. Each has a page in docs/reference/warnings.
 */
export const WARNING_CODES = [
  'SITECACHE_ALIAS',
  'SITECACHE_AUDIT',
  'SITECACHE_BUS',
  'SITECACHE_CLUSTER',
  'SITECACHE_COMPRESSION',
  'SITECACHE_CULL',
  'SITECACHE_FILE',
  'SITECACHE_FRAGMENT',
  'SITECACHE_GUARD',
  'SITECACHE_HANDLER',
  'SITECACHE_HOSTS',
  'SITECACHE_INPUT',
  'SITECACHE_KEY',
  'SITECACHE_LISTENER',
  'SITECACHE_MISPLACED',
  'SITECACHE_NONCE',
  'SITECACHE_ORIGIN',
  'SITECACHE_PREFIX',
  'SITECACHE_PROXY',
  'SITECACHE_SESSION',
  'SITECACHE_STORE',
  'SITECACHE_TIMEOUT',
  'SITECACHE_UNDECLARED',
] as const

/** Code of a warning, as `process.on('warning')` and `--disable-warning` know it. */
export type WarningCode = (typeof WARNING_CODES)[number]

/** Warnings that are switched off (`false`) or on again (`true`), for the whole process. */
export type Warnings = { readonly [C in WarningCode]?: boolean }

const off = new Set<WarningCode>()
const told = new Set<WarningCode>()

/** Switches warnings off and on. */
export function switchWarnings(warnings: Warnings): void {
  for (const code of WARNING_CODES) {
    const isOn = warnings[code]
    if (isOn === false) off.add(code)
    else if (isOn === true) off.delete(code)
  }
}

/** Whether a warning would still be emitted by `warnOnce`. */
export function isDue(code: WarningCode): boolean {
  return !told.has(code) && !off.has(code)
}

/** Emits a process warning, unless it is switched off. */
export function warn(code: WarningCode, message: string): void {
  if (!off.has(code)) process.emitWarning(message, { type: 'SitecacheWarning', code })
}

/** Emits a process warning once in a process for each code. */
export function warnOnce(code: WarningCode, message: string): void {
  if (!isDue(code)) return
  told.add(code)
  warn(code, message)
}

/** Has each code warn once more. For tests. */
export function forgetWarnings(): void {
  told.clear()
  off.clear()
}
