import { flagName, variableName } from '../config/option-table.js';
import type { Options } from '../config/parse-config.js';

interface SystemError {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly message: string;
}

/** Why a program could not start, and what to do. `variables` as in the configuration's input. */
export function startFailureText(
  error: unknown,
  options: Options,
  variables: { readonly [variable: string]: string } = {},
): string {
  const { code, syscall, message, address = '', port = 0 } = error as SystemError;
  if (syscall !== 'listen') return code === 'EACCES' ? `Not allowed: ${message}` : message;
  const name = port === options.collector.port ? 'port' : 'adminPort';
  const variable = Object.keys(variables).find((other) => variables[other] === name);
  const how = `--${flagName(name)} or ${variable ?? variableName(name)}`;
  if (code === 'EADDRINUSE') {
    const example = `${variable ?? variableName(name)}=${port < 65_535 ? port + 1 : 0}`;
    return (
      `Port ${port} of ${address} is taken. Stop what listens there, or choose another port ` +
      `by ${how}: ${example}`
    );
  }
  if (code === 'EACCES') {
    return `Not allowed to listen on port ${port} of ${address}. Choose another by ${how}`;
  }
  return `Cannot listen on port ${port} of ${address}: ${message}. Change --host, or ${how}`;
}
