import { type ChildProcess, execFile } from 'node:child_process'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { run } from '@sitecache/cli'
import { root, testFolder } from '@sitecache/test-support/workspace'

/** The command as it is built. */
export const bin = join(root, 'packages/cli/dist/bin.js')

/** What a run of the command answered. */
export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly program?: string
  /** What it reads from its standard input. */
  readonly input?: string
  /** Shown the process once it is started. */
  started?(child: ChildProcess): void
}

/** Runs a command in this process, which is quicker; one that shows or gets signals has one of its own. */
export function sitecache(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { program, started } = options
  return program === undefined && started === undefined ? runHere(args, options) : runApart(args, options)
}

async function runHere(args: readonly string[], { cwd, env, input = '' }: RunOptions): Promise<Run> {
  const told = { stdout: '', stderr: '' }
  const code = await run(args, {
    stdout: (text) => {
      told.stdout += text
    },
    stderr: (text) => {
      told.stderr += text
    },
    env: { ...cleanEnv(), ...env },
    cwd: cwd ?? testFolder,
    stdin: Readable.from([input]),
  })
  return { code, ...told }
}

/** Runs `sitecache` as it is built. */
function runApart(
  args: readonly string[],
  { cwd = testFolder, env = {}, program = bin, input = '', started }: RunOptions,
): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...cleanEnv(), ...env }, timeout: 30_000 }
    const child = execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      })
    })
    // One that ended before it read is no fault of the test.
    child.stdin?.on('error', () => {}).end(input)
    started?.(child)
  })
}

function cleanEnv(): NodeJS.ProcessEnv {
  const { CACHE_URL: _, ...clean } = process.env
  return clean
}
