import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Lets a file have a content, in one step for those that read it; does nothing where it has it. */
export async function put(path, contents) {
  const bytes = Buffer.from(contents)
  const before = await readFile(path).catch(() => undefined)
  if (before?.equals(bytes)) return
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.${process.pid}`, bytes)
  await rename(`${path}.${process.pid}`, path)
}
