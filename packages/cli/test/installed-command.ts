import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Run } from './command.js'

const PROGRAM = `
const { run } = require('@sitecache/cli')
process.on('message', async ({ id, args }) => {
  const told = { stdout: '', stderr: '' }
  const { CACHE_URL, ...env } = process.env
  const code = await run(args, {
    stdout: (text) => { told.stdout += text },
    stderr: (text) => { told.stderr += text },
    env,
    cwd: process.cwd(),
  })
  process.send({ id, code, ...told })
})
process.on('disconnect', () => process.exit())
`

/** The command as it is installed in a folder, run many times by one process that stands there. */
export class InstalledCommand {
  readonly #child
  readonly #answers = new Map<number, (run: Run) => void>()
  #id = 0

  constructor(folder: string) {
    this.#child = spawn(process.execPath, ['-e', PROGRAM], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', ({ id, ...run }: Run & { id: number }) => this.#answers.get(id)?.(run))
  }

  run(args: readonly string[]): Promise<Run> {
    const id = ++this.#id
    this.#child.send({ id, args })
    return new Promise((resolve) => {
      this.#answers.set(id, resolve)
    })
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}
