import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { testFolder } from './workspace.js'

/** What a program wrote, that ended by itself; rejects when it failed, an unhandled rejection included. */
export async function runProgram(
  program: string,
  env: Readonly<Record<string, string>> = {},
  timeout = 20_000,
): Promise<{ stdout: string; stderr: string }> {
  const args = ['--input-type=module', '--unhandled-rejections=strict', '-e', program]
  return promisify(execFile)(process.execPath, args, {
    cwd: testFolder,
    timeout,
    env: { ...process.env, ...env },
  })
}
