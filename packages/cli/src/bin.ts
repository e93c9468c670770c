#!/usr/bin/env node
import { exitCodes } from './exit.js'
import { run } from './run.js'

// A reader that has read enough, such as head, closes the pipe: that is no error of the command.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = exitCodes.failed
  })
}

void main()

async function main(): Promise<void> {
  const code = await run(process.argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    // A getter: only a command that reads the standard input opens it.
    get stdin() {
      return process.stdin
    },
    interruption() {
      const controller = new AbortController()
      process.once('SIGINT', () => controller.abort())
      return controller.signal
    },
  })
  // Flushes both streams first: output still in a pipe would be lost. Then exits, since a
  // configuration file may have opened connections.
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
  )
  process.exit(process.exitCode ?? code)
}
