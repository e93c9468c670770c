/** Functions and objects that i18next and i18n put on a request and in locals: they translate. */
const helpers: ReadonlySet<PropertyKey> = new Set(['t', 'exists', 'i18n', '__', '__n', '__l', '__h', '__mf'])

/** Where the same packages say which language these translate to. */
const languages = ['language', 'lng', 'locale', 'resolvedLanguage'] as const

/**
 * Names of the languages that stand for a helper: no more than these can be seen of a function.
 *
 * @returns undefined for what is no such helper, or where no language is said
 */
export function languagesOf(helper: PropertyKey, owner: object): readonly string[] | undefined {
  if (!helpers.has(helper)) return undefined
  const named = languages.filter((name) => Object.hasOwn(owner, name))
  return named.length === 0 ? undefined : named
}
