import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A server that a test started: on a free loopback port, with a throw-away folder. */
export interface ServerProcess {
  readonly pid: number
  readonly folder: string
  /** What it wrote to its standard output and error so far. */
  output(): string
  /** SIGSTOP: it holds its connections and answers nothing. */
  pause(): void
  resume(): void
  /** SIGKILL, and waits until it is gone; its folder stays. */
  kill(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** How a server is started, and how to tell that it answers. */
export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  /** The Debian package that brings it: named in the error when the command is not there. */
  readonly apt: string
  /** Kept from an earlier start (a restart); otherwise a new one is made. */
  readonly folder: string
  readonly env?: NodeJS.ProcessEnv
  readonly uid?: number
  readonly gid?: number
  /** Rejects until the server answers. */
  ready(): Promise<void>
  /** @default 20 seconds, in milliseconds */
  readonly patience?: number
}

/** A port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Did a server fail because somebody, such as a connection of another test, has taken its port since it was found free? */
export function isPortTaken(error: unknown): boolean {
  return /address already in use/i.test(String(error))
}

/** A throw-away folder. */
export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `sitecache-${name}-`))
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws when it can't be started, with what it said, or with what to install
 */
export async function startServer(how: ServerCommand): Promise<ServerProcess> {
  const { command, args, folder, env, uid, gid } = how
  const identity = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) }
  const child = spawn(command, [...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...identity,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000)
    })
  }
  let failure: Error | undefined
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure =
      error.code === 'ENOENT' ? new Error(`${command} is not there: apt-get install ${how.apt}`) : error
  })
  // A test process that dies must not leave its servers behind.
  const killAtExit = () => child.kill('SIGKILL')
  process.once('exit', killAtExit)
  child.once('exit', () => process.off('exit', killAtExit))
  await waitUntilReady(
    how,
    child,
    () => failure,
    () => output,
  )
  return handleOf(child, folder, () => output)
}

async function waitUntilReady(
  { command, ready, patience = 20_000 }: ServerCommand,
  child: ChildProcess,
  failure: () => Error | undefined,
  output: () => string,
): Promise<void> {
  const deadline = Date.now() + patience
  for (;;) {
    const error = failure()
    if (error !== undefined) throw error
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${command} ended before it answered:\n${output()}`)
    const answers = await Promise.race([
      ready().then(
        () => true,
        () => false,
      ),
      // Somebody else may have taken the port, and never answer.
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 2000).unref()),
    ])
    if (answers) return
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${command} did not answer within ${patience} ms:\n${output()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function handleOf(child: ChildProcess, folder: string, output: () => string): ServerProcess {
  const gone = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    // One that was paused hears nothing else.
    if (signal !== 'SIGKILL') child.kill('SIGCONT')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await exited
    clearTimeout(timer)
  }
  return {
    pid: child.pid ?? 0,
    folder,
    output,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: () => gone('SIGKILL'),
    async stop() {
      await gone('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
