import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Tarballs } from '@sitecache/test-support/servers/packed'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { root, testFolder } from '@sitecache/test-support/workspace'

const runFile = promisify(execFile)

/** Room for what is new: a compiler that collects its garbage less often takes a tenth less of a processor. */
const ROOM = '--max-semi-space-size=64'

/** Outcome of a program. */
export interface Ran {
  readonly code: number
  /** All that it wrote. */
  readonly output: string
}

/** Lists the files of a tarball, relative to the package. */
export async function filesIn(tarball: string): Promise<string[]> {
  const { stdout } = await runFile('tar', ['-tzf', tarball])
  return stdout
    .trim()
    .split('\n')
    .map((file) => file.replace('package/', ''))
}

/** An application's folder in which the packed packages are installed. */
export class Project {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /**
   * Installs all packages from their tarballs, with what they depend on, and tools of the workspace's tests.
   *
   * @param tools names of packages, each perhaps with the name under which it is installed: `typescript59:typescript`
   */
  static async make({ unpacked }: Tarballs, tools: readonly string[] = []): Promise<Project> {
    const project = new Project(await temporaryFolder('project'))
    await project.#install(unpacked)
    for (const tool of tools) {
      const [from = '', as = from] = tool.split(':')
      await project.#link(join(await folderOf(from)), as)
    }
    return project
  }

  async #install(unpacked: string): Promise<void> {
    const target = join(this.folder, 'node_modules/@sitecache')
    await mkdir(target, { recursive: true })
    await runFile('cp', ['-R', `${unpacked}/.`, target])
    for (const name of await readdir(target)) {
      const { dependencies } = JSON.parse(await readFile(join(target, name, 'package.json'), 'utf8'))
      for (const each of Object.keys(dependencies).filter((it) => !it.startsWith('@sitecache/')))
        await this.#link(join(root, 'packages', name, 'node_modules', each), each)
    }
  }

  async #link(from: string, as: string): Promise<void> {
    const place = join(this.folder, 'node_modules', as)
    await mkdir(dirname(place), { recursive: true })
    await symlink(await realpath(from), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }

  async write(files: Readonly<Record<string, string | object>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      await mkdir(dirname(join(this.folder, name)), { recursive: true })
      await writeFile(join(this.folder, name), text)
    }
  }

  /** Runs a program with Node, and parses the JSON that it writes; what it wrote where it failed. */
  async json(...args: readonly string[]): Promise<unknown> {
    const { code, output } = await this.node('--no-warnings', ...args)
    return code === 0 ? JSON.parse(output) : output
  }

  /** Compiles by the TypeScript that is installed in the project. */
  tsc(...args: readonly string[]): Promise<Ran> {
    return this.node(ROOM, 'node_modules/typescript/bin/tsc', '-p', '.', ...args)
  }

  /** Runs a program with Node; a path of an installed package, or of the project. */
  async node(...args: readonly string[]): Promise<Ran> {
    const { NODE_OPTIONS, JEST_WORKER_ID, ...env } = process.env
    try {
      const run = await runFile(process.execPath, [...args], { cwd: this.folder, env, maxBuffer: 2 ** 24 })
      return { code: 0, output: run.stdout + run.stderr }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { code, output: stdout + stderr }
    }
  }
}

async function folderOf(tool: string): Promise<string> {
  for (const from of [testFolder, root]) {
    const folder = join(from, 'node_modules', tool)
    if (await realpath(folder).catch(() => undefined)) return folder
  }
  throw new Error(`${tool} is not installed in the workspace`)
}
