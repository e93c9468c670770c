/** Compilation of the composed snippets, by the TypeScripts that users have. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { roomForCompilers } from '../compilers.mjs'
import { root } from './read.mjs'

/**
 * TypeScripts: where each is installed, and its options. Threads of TypeScript 7 work out the same types each for
 * itself: together they take four times as long as one.
 */
export const compilers = {
  'TypeScript 5.5': ['test/node_modules/typescript55'],
  'TypeScript 5.9': ['test/node_modules/typescript59'],
  'TypeScript 7': ['node_modules/typescript', '--singleThreaded'],
}

/** Room for what is new: a compiler that collects its garbage less often takes a tenth less of a processor. */
const ROOM = '--max-semi-space-size=64'

const options = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  // The types of the DOM and of JavaScript, which take longer than all else.
  skipDefaultLibCheck: true,
  target: 'es2022',
  module: 'nodenext',
  moduleDetection: 'force',
  jsx: 'react-jsx',
  allowJs: true,
  checkJs: true,
  esModuleInterop: true,
  types: ['node'],
}

/**
 * Compiles the modules of a folder; resolves to the faults in them, in the setups and in the types
 * of the packages. What is wrong in the types of other libraries is not theirs.
 */
export async function compile(folder, compiler, files) {
  const config = join(folder, `${compiler.replaceAll(' ', '-')}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions: options, files }))
  const [installed, ...own] = compilers[compiler]
  const tsc = join(root, installed, 'bin/tsc')
  const args = [ROOM, tsc, '-p', config, '--pretty', 'false', ...own]
  const output = await outputOf(process.execPath, args)
  return faultsIn(output)
}

function outputOf(program, args) {
  return new Promise((resolve) => {
    const { NODE_OPTIONS, ...own } = process.env
    const env = { ...own, ...roomForCompilers }
    execFile(program, args, { cwd: root, env, maxBuffer: 2 ** 26 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

/** Returns the faults as file, line and message; one without a place is one of the compiler's run. */
function faultsIn(output) {
  const faults = []
  for (const line of output.split('\n')) {
    const [, file, at, message] = /^(\S[^(]*)\((\d+),\d+\): error (.*)$/.exec(line) ?? []
    if (file !== undefined && !file.includes('node_modules/'))
      faults.push({ file: relative(root, join(root, file)), line: Number(at), message })
    else if (/^error /.test(line)) faults.push({ message: line })
    else if (file === undefined && /^\s+\S/.test(line) && faults.length > 0)
      faults.at(-1).message += `\n${line}`
  }
  return faults
}
