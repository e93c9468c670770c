import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { programFolder, testFolder } from './workspace.js'

/** What a program wrote. */
export interface Written {
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

/**
 * Runs a program that ends by itself, with the packages as an application has them; rejects when it fails, an unhandled
 * rejection included.
 */
export function runProgram(program: string, env: Environment = {}, timeout = 20_000): Promise<Written> {
  return runIn(testFolder, program, env, timeout)
}

/** The same for one of many processes, to which it is all one how the packages load. */
export function runMember(program: string, env: Environment = {}, timeout = 20_000): Promise<Written> {
  return runIn(programFolder, program, env, timeout)
}

function runIn(cwd: string, program: string, env: Environment, timeout: number): Promise<Written> {
  const args = ['--input-type=module', '--unhandled-rejections=strict', '-e', program]
  return promisify(execFile)(process.execPath, args, { cwd, timeout, env: { ...process.env, ...env } })
}

/**
 * Puts a program of a file, of which a test runs many, where it finds the packages in one file.
 *
 * @returns the file to run
 */
export async function memberFile(file: string): Promise<string> {
  if (programFolder === testFolder) return file
  const place = join(programFolder, `${basename(dirname(dirname(file)))}-${basename(file)}`)
  await copyFile(file, place)
  return place
}
