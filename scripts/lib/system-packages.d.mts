/** Tells how to install packages, which have the names of apt. */
export function howToInstall(absent: readonly string[], platform?: NodeJS.Platform): string
