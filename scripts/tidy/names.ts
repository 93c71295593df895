import { basename } from 'node:path';

const vagueNames = /^(utils?|helpers?|common|managers?|misc|shared)$/;
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(contract|test|config|d))?$/;

export function nameFaults(file: string): string[] {
  const name = basename(file).replace(/\.(ts|mjs)$/, '');
  const faults: string[] = [];
  if (!kebabCase.test(name)) faults.push(`${file}:1 file names are kebab-case`);
  if (vagueNames.test(name)) faults.push(`${file}:1 a file is named for the one thing it exports`);
  return faults;
}
