/** The runs of the benchmark that are kept in bench/results. */
import { readdir, readFile } from 'node:fs/promises'

const folder = new URL('../../bench/results/', import.meta.url)

async function filesOf(extension) {
  const files = (await readdir(folder)).filter((file) => /^\d/.test(file) && file.endsWith(extension)).sort()
  return Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -extension.length),
      text: await readFile(new URL(file, folder), 'utf8'),
    })),
  )
}

/** @returns {Promise<{ runs: import('./speed-page.mjs').Run[], accounts: import('./speed-page.mjs').Account[] }>} */
export async function speedData() {
  const runs = (await filesOf('.json')).map(({ name, text }) => ({ name, ...JSON.parse(text) }))
  return { runs, accounts: await filesOf('.md') }
}
