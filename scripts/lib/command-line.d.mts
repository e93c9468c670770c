/** Returns the arguments of `spawn` for a command; on Windows by a shell, which batch files need. */
export function commandLine(
  command: string,
  args: readonly string[],
  platform?: NodeJS.Platform,
): [string, string[], { shell?: boolean }]

/** Returns the name of the package that has the binary of Node for a platform. */
export function nodePackage(platform: string, arch: string): string
