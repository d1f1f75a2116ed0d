/** What the process ends with; documented in every `--help`. */
export const exitCode = {
  ok: 0,
  /** Some rows were rejected, or a check failed. */
  partly: 1,
  /** Wrong usage, configuration, mapping or input file; nothing was appended. */
  usage: 2,
  /** The engine or the server cannot be used now. */
  unavailable: 3,
  /** The log contains personal data in plain text; nothing was appended. As the API ends. */
  notEncrypted: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export const exitCodesHelp = `
Exit codes:
  0    done
  1    some rows were rejected, or a check failed
  2    wrong usage, configuration, mapping or input file
  3    the engine or the server cannot be used now
  78   the log must be encrypted first: letopis encrypt-log
  130  interrupted`;
