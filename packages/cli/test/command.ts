import { type ChildProcess, execFile } from 'node:child_process'
import { join } from 'node:path'
import { root, testFolder } from '@sitecache/test-support/workspace'

const bin = join(root, 'packages/cli/dist/bin.js')

/** What a run of the command answered. */
export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: object
  readonly program?: string
  /** What it reads from its standard input. */
  readonly input?: string
  /** Shown the process once it is started. */
  started?(child: ChildProcess): void
}

/** Runs `sitecache` as it is built, in a process of its own. */
export function sitecache(
  args: readonly string[],
  { cwd = testFolder, env = {}, program = bin, input = '', started }: RunOptions = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const { CACHE_URL: _, ...clean } = process.env
    const options = { cwd, env: { ...clean, ...env }, timeout: 30_000 }
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
