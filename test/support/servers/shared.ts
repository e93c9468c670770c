import { randomBytes } from 'node:crypto'
import { type MariadbAddress, type MariadbDatabase, mariadbAt } from './mariadb.js'
import type { Tarballs } from './packed.js'
import { type PostgresAddress, type PostgresDatabase, postgresAt } from './postgres.js'

/** A new, empty database on the PostgreSQL server that the tests of this run share. */
export async function sharedPostgres(): Promise<PostgresDatabase> {
  const address = await addressOf<PostgresAddress>('postgres')
  const name = newName()
  await postgresAt(address).query(`create database ${name}`)
  return postgresAt(address, name)
}

/** A new, empty database on the MariaDB server that the tests of this run share. */
export async function sharedMariadb(): Promise<MariadbDatabase> {
  const address = await addressOf<MariadbAddress>('mariadb')
  const name = newName()
  await mariadbAt(address).query(`create database ${name}`)
  return mariadbAt(address, name)
}

/** The tarballs of all packages, packed once in a run. */
export function sharedTarballs(): Promise<Tarballs> {
  return addressOf<Tarballs>('tarballs')
}

const newName = () => `test_${randomBytes(6).toString('hex')}`

/** Starts the server if this is the first to ask for it. */
async function addressOf<T>(name: string): Promise<T> {
  const { SITECACHE_TEST_SERVERS: holder } = process.env
  if (holder === undefined) throw new Error('Shared servers are there in the project "server" of jest only')
  const response = await fetch(`${holder}/${name}`)
  if (!response.ok) throw new Error(`The shared server ${name} did not start: ${await response.text()}`)
  return (await response.json()) as T
}
