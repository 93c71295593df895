import { resolve, sep } from 'node:path';
import { flagName, variableName } from '../options/option.js';

interface SystemError {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
  readonly message: string;
}

/** What options tell of where a program listens and keeps its files. */
interface Places {
  readonly port?: number;
  readonly data?: string | undefined;
}

/** Why a program could not start, and what to do. `variables` as in the options' input. */
export function startFailureText(
  error: unknown,
  options: Places,
  variables: { readonly [variable: string]: string } = {},
): string {
  const { syscall, message } = error as SystemError;
  if (syscall === 'listen') return listenFailureText(error as SystemError, options, variables);
  const { data } = options;
  if (data !== undefined && isAbout(error as SystemError, resolve(data))) {
    const how = `Choose another by --${flagName('data')} or ${variableName('data')}`;
    return `Cannot use the data folder ${data}: ${message}. ${how}`;
  }
  return (error as SystemError).code === 'EACCES' ? `Not allowed: ${message}` : message;
}

/** Whether the system refused the folder, what lies in it, or what it lies in. */
function isAbout({ code, path }: SystemError, folder: string): boolean {
  if (code === undefined || path === undefined) return false;
  const place = resolve(path) + sep;
  return place.startsWith(folder + sep) || (folder + sep).startsWith(place);
}

function listenFailureText(
  { code, message, address = '', port = 0 }: SystemError,
  options: Places,
  variables: { readonly [variable: string]: string },
): string {
  const name = port === options.port ? 'port' : 'adminPort';
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
