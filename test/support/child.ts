import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** From here a program finds the packages as they are built. */
const cwd = fileURLToPath(new URL('..', import.meta.url))

/** What a program wrote, that ended by itself; rejects when it failed, an unhandled rejection included. */
export async function runProgram(
  program: string,
  env: Readonly<Record<string, string>> = {},
  timeout = 20_000,
): Promise<{ stdout: string; stderr: string }> {
  const args = ['--input-type=module', '--unhandled-rejections=strict', '-e', program]
  return promisify(execFile)(process.execPath, args, { cwd, timeout, env: { ...process.env, ...env } })
}
