import { readDataset } from './data.js'
import { createDatabase, type Database } from './database.js'
import { Gazetteer } from './gazetteer.js'

/** All that the pages are made from. */
export interface Atlas {
  readonly db: Database
  readonly gazetteer: Gazetteer
}

/** Reads the datasets and puts them into the database: a second or two. */
export async function loadAtlas(): Promise<Atlas> {
  const dataset = await readDataset()
  return { db: await createDatabase(dataset), gazetteer: new Gazetteer(dataset.countries) }
}
