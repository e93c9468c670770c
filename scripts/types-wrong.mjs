/**
 * Says what is wrong with the types of packages, given as tarballs: a line for each, as JSON. One process for all, since
 * the compiler that it loads takes a second of a processor.
 */
import { readFile } from 'node:fs/promises'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'

for (const tarball of process.argv.slice(2)) {
  const made = createPackageFromTarballData(new Uint8Array(await readFile(tarball)))
  const { types, problems = [] } = await checkPackage(made)
  console.log(JSON.stringify({ tarball, faults: types === false ? ['has no types'] : problems }))
}
