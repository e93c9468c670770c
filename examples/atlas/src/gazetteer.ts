import type { Country } from './data.js'
import type { Language } from './i18n.js'

const TRANSLATION: Readonly<Record<Exclude<Language, 'en'>, string>> = {
  de: 'deu',
  fr: 'fra',
  es: 'spa',
  ja: 'jpn',
}

/** What is known of countries beside their places, in the visitor's language. */
export class Gazetteer {
  readonly #byCca3: ReadonlyMap<string, Country>

  constructor(countries: readonly Country[]) {
    this.#byCca3 = new Map(countries.map((country) => [country.cca3, country]))
  }

  /** A country by its ISO 3166-1 alpha-3 code in capitals. */
  find(cca3: string): Country | undefined {
    return this.#byCca3.get(cca3)
  }

  /** A country's name, the code itself for one that isn't known. */
  nameOf(cca3: string, language: Language): string {
    return this.#nameOf(cca3, language)?.common ?? cca3
  }

  /** A country's name in full. */
  officialNameOf(cca3: string, language: Language): string {
    return this.#nameOf(cca3, language)?.official ?? cca3
  }

  /** A country's flag. */
  flagOf(cca3: string): string {
    return this.#byCca3.get(cca3)?.flag ?? ''
  }

  #nameOf(cca3: string, language: Language): { common: string; official: string } | undefined {
    const country = this.#byCca3.get(cca3)
    if (country === undefined || language === 'en') return country?.name
    return country.translations[TRANSLATION[language]] ?? country.name
  }
}

/** The names of a country's languages. */
export function languageNames({ languages }: Country, language: Language): string[] {
  const names = new Intl.DisplayNames(language, { type: 'language' })
  return Object.keys(languages).map((code) => names.of(code) ?? code)
}

/** The names of a country's currencies. */
export function currencyNames({ currencies }: Country, language: Language): string[] {
  const names = new Intl.DisplayNames(language, { type: 'currency' })
  return Object.keys(currencies).map((code) => `${names.of(code) ?? code} (${code})`)
}
